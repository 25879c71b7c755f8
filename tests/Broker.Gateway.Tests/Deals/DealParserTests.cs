using Broker.Gateway.Deals;
using Broker.Gateway.Identity;
using Broker.Protos.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Broker.Gateway.Tests.Deals;

public sealed class DealParserTests
{
    private static readonly VerifiedCaller Caller = new() { Subject = "ann", Roles = Roles.Business, Platform = "acme" };

    [Fact]
    public void Every_wrong_field_is_named_at_once()
    {
        var request = Good();
        request.DealId = "No Good";
        request.Partner = "lab";
        request.RequestId = "7";
        request.Terms.Limits[0].Amount = 0;
        request.Terms.Price.Amount.CurrencyCode = "XXX";
        request.Terms.Scope.Kinds.Clear();
        request.Terms.Scope.Datasets[0] = "platforms/elsewhere/datasets/posts";
        request.Terms.EndTime = null;
        Assert.Equal(
            ["deal_id", "partner", "request_id", "terms.end_time", "terms.limits[0].amount", "terms.price.amount.currency_code", "terms.scope.datasets[0]", "terms.scope.kinds"],
            WrongFieldsOf(request).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void A_quota_out_of_range_is_refused(long amount)
    {
        var request = Good();
        request.Terms.Limits[0].Amount = amount;
        Assert.Equal(["terms.limits[0].amount"], WrongFieldsOf(request));
    }

    [Fact]
    public void Terms_come_out_as_they_went_in()
    {
        var request = Good();
        var parsed = DealParser.Parse(request, Caller);
        var view = new Grains.Deals.DealView(
            parsed.Partner, Domain.Deals.DealLife.Proposed, "", new(1, parsed.Terms, parsed.Terms.TermStart, "ann", ""), null, parsed.Terms.TermStart, []);
        Assert.Equal(request.Terms, view.ToWire(parsed.Name).Contract.Terms);
    }

    [Fact]
    public void A_repeat_has_the_same_digest_and_another_body_another()
    {
        var first = DealParser.Parse(Good(), Caller).Caller.BodyDigest;
        var other = Good();
        other.Terms.Limits[0].Amount++;
        var repeat = Good();
        repeat.RequestId = Guid.NewGuid().ToString();
        Assert.Equal(first, DealParser.Parse(repeat, Caller).Caller.BodyDigest);
        Assert.NotEqual(first, DealParser.Parse(other, Caller).Caller.BodyDigest);
    }

    private static IEnumerable<string> WrongFieldsOf(ProposeDealRequest request)
    {
        var error = Assert.Throws<RpcException>(() => DealParser.Parse(request, Caller));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        return error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field);
    }

    private static ProposeDealRequest Good() => new()
    {
        Parent = "platforms/acme",
        DealId = "pact",
        Partner = "partners/lab",
        RequestId = "7f1b6a3e-0b1c-4d5e-8f90-123456789abc",
        Terms = new ContractTerms
        {
            Scope = new Scope
            {
                Datasets = { "platforms/acme/datasets/posts" },
                Kinds = { RecordKind.Post, RecordKind.Like },
                Languages = { "en" },
                CreatedFrom = Timestamp.FromDateTime(DateTime.UnixEpoch),
                Purposes = { Purpose.FoundationModelTraining },
                DroppedFields = { RecordField.Attribution },
                PseudonymisedFields = { RecordField.Author },
                IsAttributionRequired = true,
            },
            Price = new Price { Unit = PriceUnit.Term, Amount = new Money { CurrencyCode = "USD", Micros = 60_000_000_000_000 } },
            Limits = { new QuotaLimit { Measure = QuotaMeasure.Records, Window = QuotaWindow.Term, Amount = 1_000 } },
            StartTime = Timestamp.FromDateTime(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)),
            EndTime = Timestamp.FromDateTime(new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Utc)),
            TimeZone = "Etc/UTC",
            RecallDeadline = Duration.FromTimeSpan(TimeSpan.FromHours(24)),
            IsDeletedAtEnd = true,
        },
    };
}
