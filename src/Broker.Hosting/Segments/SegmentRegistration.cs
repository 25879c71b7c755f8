using Broker.Grains.Imports;
using Broker.Grains.Segments;
using Broker.Hosting.DataDirectories;
using Broker.Storage.Imports;
using Broker.Storage.Segments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Segments;

/// <summary>The object directory and imports.</summary>
internal static class SegmentRegistration
{
    /// <summary>Registers them over a data directory that this process holds.</summary>
    public static void AddSegments(this IServiceCollection services, DataDirectory directory)
    {
        services.AddSingleton(_ => new DirectorySegmentStore(directory.ObjectsDirectory));
        services.AddSingleton<ISegmentStore>(static provider => provider.GetRequiredService<DirectorySegmentStore>());
        services.AddSingleton<ISegmentContents>(static provider => provider.GetRequiredService<DirectorySegmentStore>());
        services.AddOptions<ImportOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<ImportOptions>, ImportOptionsValidator>();
        services.AddSingleton<IRecordImporter>(provider => new RecordImporter(
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<DirectorySegmentStore>(),
            provider.GetRequiredService<IOptions<ImportOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            directory.TemporaryDirectory));
    }
}
