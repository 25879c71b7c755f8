using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Broker.Cli.Calls;
using Broker.Cli.Output;
using Broker.Protos.V1;

namespace Broker.Cli.Commands;

/// <summary><c>broker partner register-run</c> and <c>runs</c>: what a training consumed.</summary>
internal static class TrainingRunCommands
{
    private static readonly ResultTable<TrainingRun> Table = new ResultTable<TrainingRun>()
        .Text("run", run => run.RunId)
        .Text("model", run => run.ModelName)
        .Text("deal", run => run.Deal)
        .Text("slices", run => string.Join(' ', run.ConsumedSlices.Select(Text)));

    public static Command Register(CliApp app)
    {
        var deal = Names.Deal();
        var run = new Argument<string>("run") { Description = "The partner's id of the run; slices are added to those of the same run." };
        var model = new Option<string>("--model") { Description = "The model's name, 1 to 200 characters.", HelpName = "NAME", Required = true };
        var slices = new Option<SliceRange[]>("--slices")
        {
            Description = "What it consumed: partition/round/slice or partition/round/first-last; once or several times.",
            HelpName = "P/R/F-L",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
            CustomParser = result => [.. result.Tokens.Select(token => Parse(result, token.Value))],
        };
        return app.Command(
            "register-run",
            "Says which slices of a deal a training run consumed, so that a recall can be answered with it. Needs the deal's partner.",
            [deal, run, model, slices],
            async (context, cancellationToken) =>
            {
                var node = await context.ConnectAsPartnerOfAsync(context.Get(deal), cancellationToken);
                var request = new RegisterTrainingRunRequest
                {
                    TrainingRun = new TrainingRun
                    {
                        RunId = context.Get(run),
                        ModelName = context.Get(model),
                        Deal = context.Get(deal).ToString(),
                        ConsumedSlices = { context.Get(slices) },
                    },
                    RequestId = context.RequestId,
                };
                var registered = (await node.CallAsync(node.Partners.RegisterTrainingRunAsync, request, cancellationToken)).TrainingRun;
                context.Results.Write(registered, console => console.Write(Table.Of([registered], "")));
            });
    }

    public static Command List(CliApp app)
    {
        var deal = Names.Deal();
        return app.Command("runs", "Lists a deal's training runs.", [deal], async (context, cancellationToken) =>
        {
            var node = context.Connect(Access.Auditor);
            var name = context.Get(deal).ToString();
            var all = await Pages.AllAsync(
                token => node.CallAsync(node.Partners.ListTrainingRunsAsync, new ListTrainingRunsRequest { Deal = name, PageSize = Pages.Size, PageToken = token }, cancellationToken),
                page => (page.TrainingRuns, page.NextPageToken));
            context.Results.WriteList("training_runs", all, Table);
        });
    }

    private static SliceRange Parse(ArgumentResult result, string text)
    {
        if (text.Split('/') is [var partition, var round, var slices] && TryNumber(partition, 0, out var index) && TryNumber(round, 1, out var number)
            && slices.Split('-') is [var one, ..] and { Length: <= 2 } ends && TryNumber(one, 1, out var first) && TryNumber(ends[^1], first, out var last))
            return new SliceRange { Partition = index, Round = number, FirstSlice = first, LastSlice = last };
        result.AddError($"{text} names no slices: give partition/round/slice or partition/round/first-last, like 0/1/1-12.");
        return new SliceRange();
    }

    private static bool TryNumber(string text, int least, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least;

    private static string Text(SliceRange range) => string.Create(
        CultureInfo.InvariantCulture,
        $"{range.Partition}/{range.Round}/{range.FirstSlice}{(range.LastSlice == range.FirstSlice ? "" : $"-{range.LastSlice}")}");
}
