using System.CommandLine;
using System.CommandLine.Parsing;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Client.Files;
using Broker.Client.Recalls;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker recall</c>: what partners must delete, and what they say became of it.</summary>
internal static class RecallCommands
{
    public static Command Create(CliApp app)
    {
        var group = new Command("recall", "What a deal's partner has to delete, and what became of it.");
        group.Add(List(app));
        group.Add(Apply(app));
        group.Add(Answer(app));
        return group;
    }

    private static Command List(CliApp app)
    {
        var deal = Names.Deal();
        var all = new Option<bool>("--all") { Description = "Answered ones too." };
        return app.Command("list", "Lists a deal's recalls that are not answered yet.", [deal, all], async (context, cancellationToken) =>
        {
            var feed = new RecallFeed(context.Connect(Access.Auditor), context.Get(deal).ToString());
            var recalls = new List<Recall>();
            await foreach (var page in feed.PagesAsync(new Dictionary<int, int>(), isOpenOnly: !context.Get(all), cancellationToken)) recalls.AddRange(page.Recalls);
            context.Results.WriteList("recalls", recalls, RecallView.Recalls);
        });
    }

    private static Command Apply(CliApp app)
    {
        var directory = new Argument<string>("directory") { Description = "Where `broker pull` put the deal's files; no pull may run there meanwhile." };
        var run = new Option<string?>("--training-run") { Description = "Answer retained-in-model where this registered run consumed some of what is recalled.", HelpName = "RUN" };
        var hold = new Option<string?>("--reference") { Description = "A legal hold: leave the records where they are, and answer legal-hold with this reference.", HelpName = "TEXT" };
        var released = new Option<bool>("--release-holds") { Description = "Legal holds have ended: delete what was answered legal-hold, and answer it anew." };
        var only = new Option<bool>("--nowhere-else") { Description = "Nothing that the deal delivered lies outside this directory: what is not here never came, or is deleted." };
        return app.Command(
            "apply",
            "Deletes what is recalled from the files of a pull, and answers each recall: deleted, unless an option says otherwise. "
            + "What cannot be answered truthfully stays open, with the reason. Ends with 5 where one does. Needs the deal's partner.",
            [directory, run, hold, released, only],
            (context, cancellationToken) => ApplyAsync(
                context,
                context.Get(directory),
                new() { TrainingRun = context.Get(run), LegalHoldReference = context.Get(hold), IsHoldReleased = context.Get(released), IsOnlyCopy = context.Get(only) },
                cancellationToken));
    }

    private static async Task<ExitCode> ApplyAsync(CommandContext context, string directory, RecallOptions options, CancellationToken cancellationToken)
    {
        using var copies = SliceDirectory.OpenExisting(directory);
        var deal = ResourceNames.ParseDeal(copies.Deal) ?? throw new SliceDirectoryException($"{directory} holds {copies.Deal}, which names no deal.");
        var node = await context.ConnectAsPartnerOfAsync(deal, cancellationToken);
        try
        {
            var outcomes = await new RecallSession(node, copies.Deal, copies, options).ApplyAsync(cancellationToken: cancellationToken);
            context.Results.Write(RecallView.DocumentOf(outcomes), console => RecallView.Write(console, outcomes));
            return outcomes.All(outcome => outcome.IsAnswered) ? ExitCode.Ok : ExitCode.Refused;
        }
        catch (ArgumentException wrong)
        {
            throw new CliException(new CliError(ExitCode.Usage, "USAGE", wrong.Message), wrong);
        }
    }

    private static Command Answer(CliApp app)
    {
        var recall = new Argument<RecallName>("recall") { Description = "The recall: x/openai-2026/0-1, or platforms/x/deals/openai-2026/recalls/0-1.", CustomParser = Parse };
        var verdict = WordOptions.One<RecallVerdict>("--verdict", "What became of the data.");
        verdict.Required = true;
        var run = new Option<string?>("--training-run") { Description = "For retained-in-model: the registered run.", HelpName = "RUN" };
        var reference = new Option<string?>("--reference") { Description = "For legal-hold: its reference.", HelpName = "TEXT" };
        return app.Command("answer", "Answers one recall by hand. Needs the deal's partner.", [recall, verdict, run, reference], async (context, cancellationToken) =>
        {
            var name = context.Get(recall);
            var node = await context.ConnectAsPartnerOfAsync(name.Deal, cancellationToken);
            var answer = new RecallAnswer { Verdict = context.Get(verdict)!.Value, TrainingRun = context.Get(run) ?? "", LegalHoldReference = context.Get(reference) ?? "" };
            var request = new AnswerRecallRequest { Name = ResourceNames.Recall(name.Deal, name.Partition, name.Number), Answer = answer, RequestId = context.RequestId };
            var answered = (await node.CallAsync(node.Recalls.AnswerRecallAsync, request, cancellationToken)).Recall;
            context.Results.Write(answered, console => console.Write(RecallView.Recalls.Of([answered], "")));
        });
    }

    private static RecallName Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var inFull = text.Split('/') is [var platform, var deal, var number] ? $"platforms/{platform}/deals/{deal}/recalls/{number}" : text;
        if (ResourceNames.ParseRecall(inFull) is { } name) return name;
        result.AddError($"{text} names no recall: give platform/deal/partition-number, like x/openai-2026/0-1.");
        return default;
    }
}
