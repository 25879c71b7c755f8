using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Broker.Protos.V1;

namespace Broker.Client.Recalls;

/// <summary>Reads and answers a deal's recalls.</summary>
/// <param name="connection">The broker; answers need a partner's token.</param>
/// <param name="deal">Format: <c>platforms/{platform}/deals/{deal}</c>.</param>
public sealed class RecallFeed(BrokerConnection connection, string deal)
{
    private const int PageSize = 100;
    private const int RecordsPageSize = 10_000;

    /// <summary>Reads the recalls in pages, in order within each partition.</summary>
    /// <param name="cursors">The last number dealt with of each partition; partitions that are not named are read from their beginning.</param>
    /// <param name="isOpenOnly">Whether answered ones are left out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BrokerException">While enumerating: the broker refused or cannot be reached.</exception>
    public async IAsyncEnumerable<ListRecallsResponse> PagesAsync(
        IReadOnlyDictionary<int, int> cursors, bool isOpenOnly, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ListRecallsRequest { Deal = deal, PageSize = PageSize, IsOpenOnly = isOpenOnly };
        request.Cursors.Add(cursors.Select(cursor => new RecallCursor { Partition = cursor.Key, Number = cursor.Value }));
        do
        {
            var page = await connection.CallAsync(connection.Recalls.ListRecallsAsync, request, cancellationToken);
            yield return page;
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Reads the records that a recall covers, in pages.</summary>
    /// <exception cref="BrokerException">While enumerating: the broker refused or cannot be reached.</exception>
    public async IAsyncEnumerable<IReadOnlyList<RecalledRecord>> RecordsAsync(string recall, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ListRecalledRecordsRequest { Recall = recall, PageSize = RecordsPageSize };
        do
        {
            var page = await connection.CallAsync(connection.Recalls.ListRecalledRecordsAsync, request, cancellationToken);
            yield return page.Records;
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Answers a recall. The same answer of the same recall has the same request id, also from another process.</summary>
    /// <param name="recall">The recall as it was read.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="cancellationToken">Gives up; the outcome is unknown then, and answering again is safe.</param>
    /// <returns>The recall with its answer.</returns>
    /// <exception cref="BrokerException">The broker refused or cannot be reached.</exception>
    public async Task<Recall> AnswerAsync(Recall recall, RecallAnswer answer, CancellationToken cancellationToken = default)
    {
        var request = new AnswerRecallRequest { Name = recall.Name, Answer = answer, RequestId = RequestIdOf(recall, answer).ToString("D") };
        return (await connection.CallAsync(connection.Recalls.AnswerRecallAsync, request, cancellationToken)).Recall;
    }

    // From what is answered, and what it is answered after: a change of mind is another request.
    private static Guid RequestIdOf(Recall recall, RecallAnswer answer)
    {
        var text = string.Join('\n', recall.Name, recall.Answer?.AnswerTime?.ToString() ?? "", (int)answer.Verdict, answer.TrainingRun, answer.LegalHoldReference);
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80); // RFC 9562, version 8: made of a hash of one's own
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
