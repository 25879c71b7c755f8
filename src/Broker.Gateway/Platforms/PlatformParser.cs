using Broker.Gateway.Parsing;
using Broker.Protos.V1;

namespace Broker.Gateway.Platforms;

/// <summary>Reads requests about platforms and datasets.</summary>
internal static class PlatformParser
{
    private const int PartitionCountDefault = 16;
    private const int PageSizeMax = 1_000;
    private const int PageSizeDefault = 100;

    public static (string Id, string DisplayName, int PartitionCount) Parse(CreatePlatformRequest request)
    {
        var fields = new RequestFields();
        var platform = request.Platform ?? new Platform();
        var command = (
            fields.Id("platform_id", request.PlatformId),
            fields.Text("platform.display_name", platform.DisplayName, RequestFields.DisplayNameMax),
            PartitionCount(fields, platform.PartitionCount));
        fields.RequestId(request.RequestId);
        fields.ThrowIfAnyIsWrong();
        return command;
    }

    public static (DatasetName Name, string DisplayName) Parse(CreateDatasetRequest request)
    {
        var fields = new RequestFields();
        var name = new DatasetName(fields.Platform("parent", request.Parent), fields.Id("dataset_id", request.DatasetId));
        var displayName = fields.Text("dataset.display_name", request.Dataset?.DisplayName ?? "", RequestFields.DisplayNameMax);
        fields.RequestId(request.RequestId);
        fields.ThrowIfAnyIsWrong();
        return (name, displayName);
    }

    public static (string After, int Size) Page(string pageToken, int pageSize)
    {
        var fields = new RequestFields();
        var page = (PageTokens.Parse(fields, pageToken), fields.PageSize(pageSize, PageSizeMax, PageSizeDefault));
        fields.ThrowIfAnyIsWrong();
        return page;
    }

    private static int PartitionCount(RequestFields fields, int count)
    {
        if (count == 0) return PartitionCountDefault;
        if (count is < 1 or > Domain.Platforms.DatasetRules.PartitionCountMax || !int.IsPow2(count))
            fields.Refuse("platform.partition_count", $"A power of two, 1 to {Domain.Platforms.DatasetRules.PartitionCountMax}.");
        return count;
    }
}
