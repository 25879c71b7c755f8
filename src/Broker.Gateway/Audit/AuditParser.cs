using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Gateway.Audit;

/// <summary>Reads requests about logs.</summary>
internal static class AuditParser
{
    private const int PageMax = 10_000;
    private const int PageDefault = 1_000;

    public static (string After, int Size) Parse(ListLogsRequest request)
    {
        var fields = new RequestFields();
        var page = (PageTokens.Parse(fields, request.PageToken), fields.PageSize(request.PageSize, PageMax, PageDefault));
        fields.ThrowIfAnyIsWrong();
        return page;
    }

    public static (long From, long To) Parse(ReadLogRequest request)
    {
        var fields = new RequestFields();
        var from = fields.InRange("from_position", request.FromPosition, 0, long.MaxValue);
        var to = fields.InRange("to_position", request.ToPosition, 0, long.MaxValue);
        if (to != 0 && to < from) fields.Refuse("to_position", "It is before from_position.");
        fields.ThrowIfAnyIsWrong();
        return (Math.Max(from, 1), to == 0 ? long.MaxValue : to);
    }
}
