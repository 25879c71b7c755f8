using Broker.Grains.Imports;
using Broker.Grains.Keys;
using Broker.Grains.Merges;
using Broker.Grains.Segments;
using Broker.Grains.Tokens;
using Broker.Hosting.DataDirectories;
using Broker.Storage.Imports;
using Broker.Storage.Merges;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Segments;
using Broker.Storage.Tokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Broker.Hosting.Segments;

/// <summary>Segments, imports, merges and counts of tokens.</summary>
internal static class SegmentRegistration
{
    /// <summary>Registers them over a data directory that this process holds.</summary>
    public static void AddSegments(this IServiceCollection services, DataDirectory directory) =>
        services.AddSegments(_ => new SegmentStore(new DirectoryObjectStore(directory.ObjectsDirectory)), directory.TemporaryDirectory);

    /// <summary>Registers them over a store, which is disposed with the services.</summary>
    /// <param name="services">Has the clock, the grains and <see cref="IEntropy"/>.</param>
    /// <param name="store">Makes the store.</param>
    /// <param name="temporaryDirectory">Where imports spool; best on the file system of a store that is a directory, so that segments are not copied.</param>
    public static void AddSegments(this IServiceCollection services, Func<IServiceProvider, SegmentStore> store, string temporaryDirectory)
    {
        services.AddSingleton(store);
        services.AddSingleton<ISegmentStore>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddSingleton<ISegmentContents>(static provider => provider.GetRequiredService<SegmentStore>());
        services.AddOptions<ImportOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<ImportOptions>, ImportOptionsValidator>();
        services.AddOptions<MergeOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<MergeOptions>, MergeOptionsValidator>();
        services.AddSingleton<ISegmentMerger>(provider => new SegmentMerger(
            provider.GetRequiredService<SegmentStore>(),
            provider.GetRequiredService<IOptions<MergeOptions>>(),
            provider.GetRequiredService<IOptions<ImportOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IEntropy>(),
            temporaryDirectory));
        services.AddOptions<TokenOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<TokenOptions>, TokenOptionsValidator>();
        services.AddSingleton<ITokenCounter>(provider => new TokenCounter(
            provider.GetRequiredService<SegmentStore>(), provider.GetRequiredService<IOptions<TokenOptions>>(), provider.GetRequiredService<TimeProvider>(), temporaryDirectory));
        services.AddHostedService<DeletedSegments>();
        services.AddSingleton<IRecordImporter>(provider => new RecordImporter(
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<SegmentStore>(),
            provider.GetRequiredService<IOptions<ImportOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IEntropy>(),
            temporaryDirectory));
    }
}
