using Broker.Domain.Deals;
using Broker.Domain.Partitions;
using Broker.Domain.Platforms;
using Broker.Domain.Releases;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Releases;

public sealed class SelectionCostTests
{
    /// <summary>A slow client gets slices of a few records: the partition's turn must not pay for the thousands that do not fit.</summary>
    [Fact]
    public void A_selection_of_few_bytes_looks_at_few_users()
    {
        const int Users = 20_000;
        var log = new PartitionLog().WithPolicy(Given.OptIn).WithUsers(Users);
        for (var user = 0; user < Users; user++) log.Decide(user, Given.Grant(Given.Start));
        var rows = new OneRowEach(Users);
        log.State.Attach(rows);
        log.Append(new RecordsAdded("import", new SegmentInfo("s", Given.Posts, RecordKind.Post, Users, 1_000, [1], [2])));
        var deal = log.See("d", Given.Terms);
        log.Do((state, _) => ReleaseRules.OpenRound(state, deal));
        rows.Looks = 0;
        var selection = SliceSelector.Select(log.State, deal, deal.OpenRound!, PullCursor.Start, PullCursor.End, Amounts.Largest with { Records = 16_384, Bytes = 400 });
        Assert.Equal(4, selection.Amounts.Records);
        Assert.InRange(rows.Looks, 0, 2_000);
    }

    private sealed class OneRowEach(int users) : SegmentRows
    {
        public int Looks { get; set; }

        public override string SegmentId => "s";

        public override string Dataset => Given.Posts;

        public override RecordKind Kind => RecordKind.Post;

        public override int Count => users;

        public override int UserAt(int row)
        {
            Looks++;
            return row;
        }

        public override RowKey KeyAt(int row) => new(RecordKind.Post, 0, 1);

        public override string LanguageAt(int row) => "";

        public override long BytesOf(int from, int to, FieldPolicy policy) => 100L * (to - from);

        public override string IdAt(int row) => $"{row}";
    }
}
