using Broker.Client;
using Broker.Client.Pulls;
using Broker.Client.Recalls;
using Broker.Faults.Rig;
using Broker.Gateway.Identity;

namespace Broker.Faults.Load;

/// <summary>A partner, as a process of its own: pulls its deal again and again and obeys its recalls, with the client package's own resume,
/// until its standard input ends; then it pulls until nothing more comes, and says how it went.</summary>
internal static class PartnerProgram
{
    /// <summary>The first argument that runs it.</summary>
    public const string Verb = "partner";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs it.</summary>
    /// <param name="arguments">Deal, partner, identity folder, book file, addresses of gateways with commas between.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var (deal, partner, identityFolder, bookFile, addresses) = (arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
        using var identity = EmbeddedIdentity.Open(identityFolder, TimeProvider.System);
        var who = new VerifiedCaller { Subject = partner, Roles = Roles.Partner, Partner = partner };
        using var sink = new JournalSink(bookFile);
        Uri[] gateways = [.. addresses.Split(',').Select(address => new Uri(address))];
        using var connection = new BrokerConnection(new BrokerConnectionOptions
        {
            Address = gateways[0],
            Alternatives = [.. gateways.Skip(1)],
            Token = _ => ValueTask.FromResult(identity.Mint(who, TimeSpan.FromHours(1))),
            Retry = new RetryOptions { AttemptsMax = 100, FirstDelay = TimeSpan.FromMilliseconds(100), DelayMax = TimeSpan.FromSeconds(1) },
        });
        var ended = EndOfInputAsync();
        while (!ended.IsCompleted)
        {
            await RoundAsync(connection, deal, sink);
            await Waiting.PassAsync(Pace, CancellationToken.None);
        }

        // The load is over: what is left comes now, and what was withdrawn of it is deleted.
        while (await RoundAsync(connection, deal, sink) > 0) { }
        sink.Done();
        return 0;
    }

    private static async Task<int> RoundAsync(BrokerConnection connection, string deal, JournalSink sink)
    {
        try
        {
            var options = new PullOptions { SliceRecordsMax = 64, UnconfirmedAgeMax = TimeSpan.FromMilliseconds(200) };
            var result = await new PullSession(connection, deal, sink, options).RunAsync();
            sink.Pulled(result);
            await new RecallSession(connection, deal, sink, new RecallOptions { IsOnlyCopy = true }).ApplyAsync();
            return result.Total.Slices;
        }
        catch (BrokerException refused)
        {
            // A deal that is suspended, a quota that is full: it is asked again. The rig sees in the end whether all came.
            sink.Refused(refused);
            return 0;
        }
    }

    // The console's reader blocks, whatever it is asked.
    private static Task EndOfInputAsync() => Task.Run(static () =>
    {
        while (Console.In.ReadLine() is not null) { }
    });
}
