using System.Diagnostics;
using Broker.Storage.Objects;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Objects.S3;
using Broker.TestKit.S3;

namespace Broker.Storage.Tests.Objects;

/// <summary>A process that puts one object and stops half way through its content, to be killed there.</summary>
internal static class PutProcess
{
    /// <summary>Bytes of the object.</summary>
    public const int Bytes = 12 << 20;

    private const string HalfWay = "half way";

    /// <summary>What the process does: <c>put DIRECTORY "" KEY</c>, or <c>put PREFIX SERVICE KEY</c>.</summary>
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ["put", var place, var service, var key]) return 0; // The test runner starts this too, to no end.
        IObjectStore store = service.Length == 0
            ? new DirectoryObjectStore(place)
            : new S3ObjectStore(new S3Options { Bucket = S3Server.Bucket, Prefix = place, ServiceUrl = service, PartBytes = 5 << 20 }, S3Server.Credentials);
        using var content = new StoppingContent(Bytes, stopAt: Bytes / 2 + 1, () =>
        {
            Console.WriteLine(HalfWay);
            Thread.CurrentThread.Join(); // for good
        });
        await store.PutAsync(new ObjectKey(key), content, PutMode.Replace, CancellationToken.None);
        return 0;
    }

    /// <summary>Starts one, and kills it (SIGKILL) when it has read half of its content.</summary>
    public static async Task KillHalfWayAsync(string place, Uri? service, ObjectKey key)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(PutProcess).Assembly.Location, "put", place, service?.ToString() ?? "", key.Value]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadLineAsync();
        process.Kill();
        await process.WaitForExitAsync();
        Assert.True(said == HalfWay, await errors);
    }
}
