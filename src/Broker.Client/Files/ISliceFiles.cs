using Broker.Client.Pulls;

namespace Broker.Client.Files;

/// <summary>Writes slices in one format.</summary>
internal interface ISliceFiles
{
    /// <summary>The files' extension, with its dot.</summary>
    string Extension { get; }

    /// <summary>Writes a slice.</summary>
    void Write(Stream file, string deal, ReceivedSlice slice);

    /// <summary>Copies a file without some of its records.</summary>
    /// <returns>Those that were in it.</returns>
    /// <exception cref="InvalidDataException">The file is not what was written.</exception>
    IReadOnlySet<RecordKey> CopyWithout(Stream from, Stream to, IReadOnlySet<RecordKey> recalled);
}
