using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Tests.Generators;
using CsCheck;

namespace Broker.Domain.Tests.Consents;

public sealed class ConsentRulesTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Tuesday = Monday.AddDays(1);
    private static readonly DateTimeOffset Wednesday = Monday.AddDays(2);

    [Fact]
    public void Who_decided_nothing_leaves_it_to_the_default() => Assert.Null(Says());

    [Fact]
    public void The_later_decision_beats_the_earlier() =>
        Assert.True(Says(Given.Withdrawal(Monday), Given.Grant(Tuesday)));

    [Fact]
    public void Later_is_when_it_was_made_at_its_source_not_when_it_came()
    {
        var mondaysFile = Given.Grant(Monday) with { Source = ConsentSource.SettingsImport };

        Assert.False(Says(Given.Withdrawal(Tuesday), mondaysFile));
    }

    [Fact]
    public void At_a_tie_the_withdrawal_wins_whichever_came_first()
    {
        Assert.False(Says(Given.Withdrawal(Monday), Given.Grant(Monday)));
        Assert.False(Says(Given.Grant(Monday), Given.Withdrawal(Monday)));
    }

    [Fact]
    public void A_partner_exception_beats_a_later_general_grant()
    {
        var never = Given.Withdrawal(Monday) with { Partner = Given.Acme };

        Assert.False(Says(never, Given.Grant(Tuesday)));
        Assert.True(ConsentRules.Says([never, Given.Grant(Tuesday)], Purpose.Evaluation, RecordKind.Post, Given.Globex));
    }

    [Fact]
    public void A_partner_grant_made_after_a_general_withdrawal_stands()
    {
        var onlyAcme = Given.Grant(Tuesday) with { Partner = Given.Acme };

        Assert.True(Says(Given.Withdrawal(Monday), onlyAcme));
        Assert.False(ConsentRules.Says([Given.Withdrawal(Monday), onlyAcme], Purpose.Evaluation, RecordKind.Post, Given.Globex));
    }

    [Fact]
    public void A_general_withdrawal_ends_the_partner_grants_made_no_later_than_it()
    {
        var acme = Given.Grant(Monday) with { Partner = Given.Acme };

        Assert.False(Says(acme, Given.Withdrawal(Monday)));
        Assert.False(Says(acme, Given.Withdrawal(Tuesday)));
        Assert.True(Says(acme, Given.Withdrawal(Tuesday), Given.Grant(Wednesday)));
    }

    [Fact]
    public void A_decision_speaks_of_its_purposes_and_kinds_alone()
    {
        var decision = Given.Withdrawal(Monday) with { Purposes = Purposes.Retrieval, Kinds = RecordKinds.Like };

        Assert.False(ConsentRules.Says([decision], Purpose.Retrieval, RecordKind.Like, Given.Acme));
        Assert.Null(ConsentRules.Says([decision], Purpose.Retrieval, RecordKind.Post, Given.Acme));
        Assert.Null(ConsentRules.Says([decision], Purpose.Evaluation, RecordKind.Like, Given.Acme));
    }

    [Fact]
    public void The_order_in_which_decisions_come_does_not_matter() => Gen.Select(DecisionGen.Any.Array[0, 6], Gen.Int).Sample(
        (decisions, seed) =>
        {
            var shuffled = decisions.ToArray();
            new Random(seed).Shuffle(shuffled);
            Assert.Equal(Says(decisions), Says(shuffled));
        },
        iter: 2_000);

    [Fact]
    public void A_decision_that_comes_twice_counts_once() => Gen.Select(DecisionGen.Any.Array[1, 6], Gen.Int[0, 5]).Sample(
        (decisions, which) => Says(decisions) == Says([.. decisions, decisions[which % decisions.Length]]),
        iter: 2_000);

    [Fact]
    public void A_withdrawal_made_later_than_everything_ends_everything() => DecisionGen.Any.Array[0, 6].Sample(
        decisions => Says([.. decisions, Given.Withdrawal(Given.Start.AddHours(6))]) == false,
        iter: 2_000);

    private static bool? Says(params ConsentDecision[] decisions) =>
        ConsentRules.Says(decisions, Purpose.Evaluation, RecordKind.Post, Given.Acme);
}
