using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Broker.Faults.Load;
using Broker.Faults.Rig;
using Broker.Gateway.Identity;
using Broker.Protos.Log.V1;
using Broker.Protos.V1;
using Broker.TestKit.Nodes;

namespace Broker.Faults.Judging;

/// <summary>What the partitions' logs say was released and sent again, by position: read over the wire, as an auditor may.</summary>
internal sealed class Lineage
{
    private readonly Dictionary<(int Partition, long Position), Entry> _entries = [];

    /// <summary>Reads the logs of every partition.</summary>
    public static async Task<Lineage> ReadAsync(RigCluster cluster, CancellationToken cancellationToken)
    {
        var lineage = new Lineage();
        using var auditor = new Caller(cluster.Identity, new VerifiedCaller { Subject = "auditor", Roles = Roles.Auditor }, [cluster.Gateways[0].Address], new Book());
        for (var partition = 0; partition < World.Partitions; partition++)
        {
            var request = new ReadLogRequest { Name = string.Create(CultureInfo.InvariantCulture, $"{TestCalls.PlatformName}/partitions/{partition}") };
            await foreach (var page in auditor.Connection.StreamAsync(auditor.Connection.Audit.ReadLog, request, cancellationToken))
                foreach (var entry in page.Entries)
                    lineage.Add(partition, entry);
        }

        return lineage;
    }

    /// <summary>What is wrong with a slice that a partner took: null where the log says just that it was released, or sent again, so.</summary>
    public string? WhatIsWrong(string deal, JournalLine line)
    {
        if (!_entries.TryGetValue((line.Partition, line.Position), out var entry)) return "no release and no resend stands at its position";
        if (entry.Deal != deal[(deal.LastIndexOf('/') + 1)..] || (entry.Round, entry.Number, entry.Resend) != (line.Round, line.Slice, line.Resend)) return $"another slice stands at its position: {entry}";
        if (entry.Records != line.Records!.Length) return $"{line.Records.Length} records came, {entry.Records} stand in the log";
        return entry.Digest.AsSpan().SequenceEqual(DigestOf(line.Records)) ? null : "other records came than stand in the log";
    }

    private void Add(int partition, LogEntry entry)
    {
        var said = PartitionEvent.Parser.ParseFrom(LogEnvelope.Parser.ParseFrom(entry.Payload).Event);
        var found = said.EventCase switch
        {
            PartitionEvent.EventOneofCase.Released => new Entry(said.Released.Deal, said.Released.Round, said.Released.Number, 0, said.Released.Amounts.Records, said.Released.Digest.ToByteArray()),
            PartitionEvent.EventOneofCase.Resent => new Entry(said.Resent.Deal, said.Resent.Round, said.Resent.Number, said.Resent.Resend, said.Resent.Amounts?.Records ?? 0, said.Resent.Digest.ToByteArray()),
            _ => null,
        };
        if (found is not null) _entries[(partition, entry.Position)] = found;
    }

    private static byte[] DigestOf(string[][] records)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var record in records)
        {
            var id = Encoding.UTF8.GetBytes(record[0]);
            BinaryPrimitives.WriteInt32BigEndian(length, id.Length);
            hash.AppendData(length);
            hash.AppendData(id);
        }

        return hash.GetHashAndReset();
    }

    private sealed record Entry(string Deal, int Round, int Number, int Resend, long Records, byte[] Digest);
}
