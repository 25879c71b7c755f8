using Broker.Domain.Lineage;
using Broker.Domain.Partitions;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;
using Broker.Domain.Tokens;
using CsCheck;

namespace Broker.Domain.Tests.Tokens;

public sealed class TokenProperties
{
    [Fact]
    public void Whatever_happens_a_slice_is_charged_the_tokens_of_the_records_that_the_lineage_says_it_held()
    {
        var byTokens = 0;
        PartitionStep.Some.Sample(
            steps =>
            {
                var log = PartitionStep.Begun();
                log.Applied = (_, fact) =>
                {
                    if (fact is Released released) Interlocked.Add(ref byTokens, Check(log.State, log.State.Deals[released.Deal], released.Slice) ? 1 : 0);
                };
                foreach (var step in steps) step.Do(log);
            },
            iter: 2_000);
        Assert.True(byTokens > 50, $"{byTokens} slices by tokens");
    }

    private static bool Check(PartitionState state, DealLineage deal, ReleasedSlice released)
    {
        var terms = deal.TermsOf(released.ContractVersion);
        var slice = deal.Slice(released.Round, released.Number)!;
        var rows = LineageRules.DeliveriesOf(state, deal, slice).Select(delivery => ((ArrayRows)delivery.Segment.Rows)[delivery.Row]);
        var isTitled = (terms.Scope.Fields.Dropped & RecordFields.Title) == 0;
        var tokens = terms.CountsTokens ? rows.Sum(row => row.Tokens.Text + (row.Tokens.Text > 0 && terms.Tokenizer == Tokenizers.Cl100k ? 1 : 0) + (isTitled ? row.Tokens.Title : 0)) : 0;
        Assert.Equal(tokens, released.Amounts.Tokens);
        return tokens > 0;
    }
}
