using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Tokens;

/// <summary>What an amendment of the fields does to a slice that was charged and not confirmed.</summary>
public sealed class ResendByTokensTests
{
    private static readonly Row[] Rows = [.. Enumerable.Range(0, 12).Select(index => new Row($"r{index}", 1, CreatedAtMs: index))]; // each has a title of one token

    [Fact]
    public void A_slice_that_was_charged_by_its_texts_comes_again_whole_when_the_titles_are_licensed_too()
    {
        var resent = Resend(Under(Given.ByTokens, RecordFields.Title), Given.ByTokens);
        Assert.Equal(12, resent.Amounts.Records); // what is left out is offered by no later round
    }

    [Fact]
    public void So_does_one_that_was_charged_by_the_gigabyte_when_the_author_is_licensed_too()
    {
        var terms = Given.Terms with { Price = new Price(PriceModel.PerGigabyte, 1_000_000, "USD") };
        Assert.Equal(12, Resend(Under(terms, RecordFields.Author), terms).Amounts.Records);
    }

    [Fact]
    public void A_contract_that_a_silo_of_the_release_before_saw_without_its_tokenizer_gives_nothing_away()
    {
        var log = new PartitionLog().With(new PartitionCreated("x", 0, 1)).WithPolicy(Given.OptIn).WithUsers(3).WithRows(Given.Posts, Rows);
        log.Decide(1, Given.Grant(Given.Start));
        log.See("d", Given.ByTokens with { Tokenizer = "" }); // its own codec drops what it does not know
        log.Do((state, _) => ReleaseRules.SeeContract(state, "d", Given.Acme, 1, Given.ByTokens)); // upgraded, it is told again
        log.CountAll();
        try
        {
            log.PullAll("d");
        }
        catch (InvalidOperationException)
        {
            return; // it may refuse
        }

        Assert.All(log.State.Deals["d"].Rounds.SelectMany(round => round.Slices), slice => Assert.NotEqual(0, slice.Released.Amounts.Tokens));
    }

    private static Resent Resend(ContractTerms released, ContractTerms amended)
    {
        var log = new PartitionLog().With(new PartitionCreated("x", 0, 1)).WithPolicy(Given.OptIn).WithUsers(3).WithRows(Given.Posts, Rows);
        log.Decide(1, Given.Grant(Given.Start));
        log.See("d", released);
        log.CountAll();
        Assert.Equal(12, log.PullAll("d").Sum(slice => slice.Length));
        log.See("d", amended, version: 2);
        var resent = log.Do((state, now) => ReleaseRules.Resend(state, state.Deals["d"], 1, 1, now, out _)).Events.OfType<Resent>().Single();
        Assert.Empty(log.PullAll("d")); // nothing of it is due again
        return resent;
    }

    private static ContractTerms Under(ContractTerms terms, RecordFields dropped) => terms with { Scope = terms.Scope with { Fields = new FieldPolicy(dropped, RecordFields.None) } };
}
