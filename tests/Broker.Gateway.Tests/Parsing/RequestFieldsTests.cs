using Broker.Domain.Platforms;
using Broker.Gateway.Parsing;
using Grpc.Core;
using WireKind = Broker.Protos.V1.RecordKind;

namespace Broker.Gateway.Tests.Parsing;

public sealed class RequestFieldsTests
{
    [Fact]
    public void Kinds_that_are_each_named_once_are_a_set()
    {
        var fields = new RequestFields();

        Assert.Equal(RecordKind.Post.ToSet() | RecordKind.Comment.ToSet(), fields.Kinds("kinds", [WireKind.Comment, WireKind.Post]));
        Assert.Equal(RecordKinds.All, fields.Kinds("kinds", [], emptyMeansAll: true));
        Assert.Equal(RecordKinds.All, fields.Kinds("kinds", [.. Enum.GetValues<WireKind>().Where(kind => kind != WireKind.Unspecified)]));
        Assert.Empty(fields.Wrong);
        fields.ThrowIfAnyIsWrong();
    }

    public static TheoryData<WireKind[], string> Wrong => new()
    {
        { [], "Name at least one." },
        { [WireKind.Post, WireKind.Unspecified], "Name known values only." },
        { [WireKind.Post, (WireKind)999], "Name known values only." },
        { [WireKind.Post, WireKind.Comment, WireKind.Post], "Name each once." },
        { [WireKind.Comment, WireKind.Comment], "Name each once." },
        { [.. Enumerable.Repeat(WireKind.Post, 10_000)], "Name each once." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Kinds_that_are_none_unknown_or_repeated_are_told(WireKind[] kinds, string description)
    {
        var fields = new RequestFields();

        fields.Kinds("filter.kinds", kinds);

        var wrong = Assert.Single(fields.Wrong);
        Assert.Equal(("filter.kinds", description), (wrong.Field, wrong.Description));
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<RpcException>(fields.ThrowIfAnyIsWrong).StatusCode);
    }
}
