using System.Diagnostics;
using Broker.Faults.Rig;
using Broker.Hosting.DataDirectories;

namespace Broker.Faults.Load;

/// <summary>A pulling partner, as the rig sees it.</summary>
internal sealed class PartnerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private PartnerProcess(string deal, Process process, string book) =>
        (Deal, _process, Book, _errors) = (deal, process, book, process.StandardError.ReadToEndAsync());

    /// <summary>Its deal.</summary>
    public string Deal { get; }

    /// <summary>Its book's file.</summary>
    public string Book { get; }

    /// <summary>Starts one.</summary>
    public static PartnerProcess Start(RigCluster cluster, string deal, string partner, IEnumerable<Uri> gateways)
    {
        var book = Path.Combine(cluster.Root, $"{partner}.ndjson");
        var addresses = string.Join(',', gateways.Select(address => address.ToString().TrimEnd('/')));
        var start = new ProcessStartInfo(
            "dotnet",
            [typeof(PartnerProcess).Assembly.Location, PartnerProgram.Verb, deal, partner, DataDirectory.IdentityDirectoryOf(cluster.Root), book, addresses])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        return new PartnerProcess(deal, Process.Start(start)!, book);
    }

    /// <summary>Tells it that the load is over, and waits until it has what is left.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode != 0) throw new InvalidOperationException($"The partner of {Deal} ended with {_process.ExitCode}: {await _errors}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
