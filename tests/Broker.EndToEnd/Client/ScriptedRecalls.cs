using System.Collections.Concurrent;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;

namespace Broker.EndToEnd.Client;

/// <summary>A feed of recalls.</summary>
internal sealed class ScriptedRecalls
{
    private readonly List<(Recall Recall, List<RecalledRecord> Records)> _recalls = [];

    /// <summary>The deal's training runs.</summary>
    public List<TrainingRun> Runs { get; } = [];

    /// <summary>The requests by which recalls were answered, the failed ones too.</summary>
    public ConcurrentQueue<AnswerRecallRequest> Answers { get; } = [];

    /// <summary>The cursors that each listing began at.</summary>
    public ConcurrentQueue<string> Cursors { get; } = [];

    /// <summary>Runs before an answer is taken.</summary>
    public Func<AnswerRecallRequest, Task> OnAnswer { get; set; } = _ => Task.CompletedTask;

    /// <summary>Most recalls of a page, most records of a page.</summary>
    public int PageSize { get; set; } = 2;

    /// <summary>Issues a recall.</summary>
    public Recall Issue(int partition, int number, params RecalledRecord[] records)
    {
        var recall = new Recall
        {
            Name = $"{PullScript.DealName}/recalls/{partition}-{number}", Partition = partition, Number = number,
            Cause = RecallCause.Withdrawal, RecordCount = records.Length,
        };
        _recalls.Add((recall, [.. records]));
        return recall;
    }

    public static RecalledRecord Record(string id, int round = 1, int slice = 1, string dataset = PullScript.DatasetName) =>
        new() { RecordId = id, Kind = RecordKind.Post, Round = round, Slice = slice, Dataset = dataset };

    public ListRecallsResponse List(ListRecallsRequest request)
    {
        var cursors = request.PageToken.Length > 0
            ? request.PageToken.Split(',').Select(part => part.Split('-')).ToDictionary(part => int.Parse(part[0]), part => int.Parse(part[1]))
            : request.Cursors.ToDictionary(cursor => cursor.Partition, cursor => cursor.Number);
        if (request.PageToken.Length == 0) Cursors.Enqueue(string.Join(',', cursors.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key}-{entry.Value}")));
        var later = _recalls.Select(entry => entry.Recall)
            .Where(recall => recall.Number > cursors.GetValueOrDefault(recall.Partition) && !(request.IsOpenOnly && recall.Answer is not null))
            .OrderBy(recall => recall.Partition).ThenBy(recall => recall.Number).ToList();
        foreach (var recall in later.Take(PageSize)) cursors[recall.Partition] = recall.Number;
        var response = new ListRecallsResponse { Recalls = { later.Take(PageSize).Select(recall => recall.Clone()) } };
        response.Cursors.Add(cursors.Select(cursor => new RecallCursor { Partition = cursor.Key, Number = cursor.Value }));
        if (later.Count > PageSize) response.NextPageToken = string.Join(',', cursors.Select(cursor => $"{cursor.Key}-{cursor.Value}"));
        return response;
    }

    public ListRecalledRecordsResponse Records(ListRecalledRecordsRequest request)
    {
        var records = _recalls.Single(entry => entry.Recall.Name == request.Recall).Records;
        var from = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken);
        var response = new ListRecalledRecordsResponse { Records = { records.Skip(from).Take(PageSize) } };
        if (from + PageSize < records.Count) response.NextPageToken = $"{from + PageSize}";
        return response;
    }

    public async Task<AnswerRecallResponse> AnswerAsync(AnswerRecallRequest request)
    {
        Answers.Enqueue(request);
        await OnAnswer(request);
        var recall = _recalls.Single(entry => entry.Recall.Name == request.Name).Recall;
        recall.Answer = request.Answer.Clone();
        recall.Answer.AnswerTime = new Timestamp { Seconds = 1_700_000_000 };
        return new() { Recall = recall.Clone() };
    }
}
