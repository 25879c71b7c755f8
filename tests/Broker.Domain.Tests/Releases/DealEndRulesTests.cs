using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Recalls;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Releases;

public sealed class DealEndRulesTests
{
    private const string Deal = "d";
    private const string Pending = "1/0/9/9@1";
    private static readonly ContractTerms NoAuthor = Given.Terms with { Scope = Given.Terms.Scope with { Fields = new(RecordFields.Author, RecordFields.None) } };
    private static readonly ContractTerms NoAuthorOfPosts = NoAuthor with { Scope = NoAuthor.Scope with { Kinds = RecordKinds.Post } };
    private readonly PartitionLog _log = new PartitionLog().WithPolicy(Given.OptIn).WithUsers(1);

    public DealEndRulesTests()
    {
        _log.Decide(0, Given.Grant(Given.Start)).WithRows(Given.Posts, new Row("post", 0), new Row("comment", 0, RecordKind.Comment));
        _log.See(Deal, Given.Terms);
        Assert.Equal(2, _log.PullAll(Deal).Sum(slice => slice.Length));
    }

    [Fact]
    public void A_version_that_withholds_a_field_voids_what_is_reserved_and_recalls_no_record_that_it_still_licenses()
    {
        var decision = Revoke(2, NoAuthor);

        Assert.Equal([typeof(ReservationVoided), typeof(ContractSeen)], decision.Events.Select(fact => fact.GetType()));
        Assert.Empty(_log.State.Recalls);
    }

    [Fact]
    public void A_version_that_withholds_a_field_and_leaves_out_a_kind_recalls_that_kind_alone_and_once()
    {
        Revoke(2, NoAuthorOfPosts);
        Revoke(2, NoAuthorOfPosts);

        Assert.Equal(["comment"], Recalled());
    }

    [Fact]
    public void Records_that_a_version_leaves_out_are_recalled_whichever_of_two_versions_the_order_was_for()
    {
        // The order for version 2 carries version 3, which is in force by then; the order for version 3 finds it known.
        Revoke(3, NoAuthorOfPosts);
        Revoke(3, NoAuthorOfPosts);

        Assert.Equal(["comment"], Recalled());
    }

    private Decision<PartitionEvent> Revoke(int version, ContractTerms terms) =>
        _log.Do((state, now) => DealEndRules.Revoke(state, Deal, [Pending], (Given.Acme, version, terms), RecallCause.ScopeNarrowed, now));

    private IEnumerable<string> Recalled() =>
        RecallRules.Covered(_log.State, Assert.Single(_log.State.Recalls)).Select(delivery => delivery.Segment.Rows.IdAt(delivery.Row));
}
