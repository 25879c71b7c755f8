using Broker.Storage.Objects;
using Broker.Storage.Objects.Directory;
using Broker.Storage.Tests.Files;
using Broker.Storage.Tests.Objects;

namespace Broker.Storage.Tests.Logs;

public sealed class DirectoryLogMarksTests : LogMarksConformance, IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    internal override IObjectStore Open() => new DirectoryObjectStore(_directory.Path);
}

public sealed class S3LogMarksTests(S3Fixture fixture) : LogMarksConformance, IClassFixture<S3Fixture>
{
    internal override IObjectStore Open() => fixture.Open();
}
