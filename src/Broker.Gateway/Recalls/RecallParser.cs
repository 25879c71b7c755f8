using System.Globalization;
using Broker.Gateway.Identity;
using Broker.Gateway.Parsing;
using Broker.Protos.V1;
using RecallAnswer = Broker.Domain.Recalls.RecallAnswer;
using RecallVerdict = Broker.Domain.Recalls.RecallVerdict;

namespace Broker.Gateway.Recalls;

/// <summary>Reads requests about recalls.</summary>
internal static class RecallParser
{
    private const int PageMax = 1_000;
    private const int PageDefault = 100;
    private const int RecordsPageMax = 10_000;
    private const int RecordsPageDefault = 1_000;
    private const int HoldMax = 500;

    public static (DealName Deal, int Size, int[] Cursors) Parse(ListRecallsRequest request, int partitionCount)
    {
        var fields = new RequestFields();
        var command = (fields.Deal("deal", request.Deal), fields.PageSize(request.PageSize, PageMax, PageDefault), Cursors(fields, request, partitionCount));
        fields.ThrowIfAnyIsWrong();
        return command;
    }

    public static (RecallName Recall, int Size, int Skip) Parse(ListRecalledRecordsRequest request)
    {
        var fields = new RequestFields();
        var recall = fields.Recall("recall", request.Recall);
        var size = fields.PageSize(request.PageSize, RecordsPageMax, RecordsPageDefault);
        var skip = Number(fields, PageTokens.Parse(fields, request.PageToken));
        fields.ThrowIfAnyIsWrong();
        return (recall, size, skip);
    }

    public static (RecallName Recall, RecallAnswer Answer) Parse(AnswerRecallRequest request, VerifiedCaller caller)
    {
        var fields = new RequestFields();
        var recall = fields.Recall("name", request.Name);
        fields.RequestId(request.RequestId);
        var sent = request.Answer ?? new Protos.V1.RecallAnswer();
        var verdict = (RecallVerdict)fields.Defined("answer.verdict", sent.Verdict);
        var answer = new RecallAnswer(verdict, Reference(fields, verdict, sent), caller.Subject, caller.TokenDigest);
        fields.ThrowIfAnyIsWrong();
        return (recall, answer);
    }

    private static string Reference(RequestFields fields, RecallVerdict verdict, Protos.V1.RecallAnswer sent)
    {
        if (verdict != RecallVerdict.RetainedInModel && sent.TrainingRun.Length > 0) fields.Refuse("answer.training_run", "For RETAINED_IN_MODEL only.");
        if (verdict != RecallVerdict.LegalHold && sent.LegalHoldReference.Length > 0) fields.Refuse("answer.legal_hold_reference", "For LEGAL_HOLD only.");
        return verdict switch
        {
            RecallVerdict.RetainedInModel => fields.Id("answer.training_run", sent.TrainingRun),
            RecallVerdict.LegalHold => fields.Text("answer.legal_hold_reference", sent.LegalHoldReference, HoldMax),
            _ => "",
        };
    }

    // A page token holds the cursors of every partition, in order.
    private static int[] Cursors(RequestFields fields, ListRecallsRequest request, int partitionCount)
    {
        if (request.PageToken.Length > 0) return FromToken(fields, PageTokens.Parse(fields, request.PageToken), partitionCount);
        var cursors = new int[partitionCount];
        for (var index = 0; index < request.Cursors.Count; index++)
        {
            var cursor = request.Cursors[index];
            var partition = fields.InRange($"cursors[{index}].partition", cursor.Partition, 0, partitionCount - 1);
            cursors[partition] = (int)fields.InRange($"cursors[{index}].number", cursor.Number, 0, int.MaxValue);
        }

        return cursors;
    }

    private static int[] FromToken(RequestFields fields, string token, int partitionCount)
    {
        var cursors = token.Split(',').Select(part => Number(fields, part)).ToArray();
        if (cursors.Length == partitionCount) return cursors;
        fields.Refuse("page_token", "Send next_page_token of the page before, or nothing.");
        return new int[partitionCount];
    }

    private static int Number(RequestFields fields, string text)
    {
        if (text.Length == 0) return 0;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        fields.Refuse("page_token", "Send next_page_token of the page before, or nothing.");
        return 0;
    }
}
