using Broker.Domain.Consents;
using Broker.Domain.Platforms;
using Broker.Domain.Tests.Generators;

namespace Broker.Domain.Tests.Consents;

/// <summary>Goal: what a question remembers of one user is never another's answer. Method: users of every kind of plain history, each asked about right
/// after each other one.</summary>
public sealed class ConsentQuestionTests
{
    private const int Early = 10;
    private const int Between = 25;
    private const int Late = 30;
    private static readonly Policy OptOutButInDe = Given.OptOut with { JurisdictionRules = [new JurisdictionRule("DE", Regime.OptIn, 0)] };

    [Theory]
    [InlineData(20, 40, false)]
    [InlineData(40, 40, false)]
    [InlineData(20, 20, false)]
    [InlineData(20, 40, true)]
    [InlineData(40, 40, true)]
    public void Whoever_was_asked_about_before_a_user_is_told_their_own_answer(long since, long at, bool isNarrowed)
    {
        var book = Book();
        if (isNarrowed)
        {
            book.Announce(OptOutButInDe with { Version = 2, Kinds = RecordKinds.Post | RecordKinds.Like });
            book.Enter(2, Between);
        }

        foreach (var partner in (string[])[Given.Acme, Given.Globex])
        {
            var own = Enumerable.Range(0, book.UserCount)
                .Select(user => RecordKinds.All.Members().Where(kind => book.Since(user, kind, Given.Training, partner, at) <= since).Aggregate(RecordKinds.None, (set, kind) => set | kind.ToSet()))
                .ToList();
            Assert.True(own.Distinct().Count() > 2);
            for (var before = 0; before < own.Count; before++)
                for (var user = 0; user < own.Count; user++)
                {
                    var question = book.Ask(RecordKinds.All, Given.Training, partner, since, at);
                    Assert.Equal((own[before], own[user]), (question.KindsOf(before), question.KindsOf(user)));
                }
        }
    }

    private static ConsentBook Book()
    {
        var book = new ConsentBook();
        book.Announce(OptOutButInDe);
        book.Enter(1, 1);
        var plain =
            from choice in (ConsentChoice[])[ConsentChoice.Grant, ConsentChoice.Withdraw]
            from kinds in (RecordKinds[])[RecordKinds.All, RecordKinds.Post]
            from purposes in (Purposes[])[Given.Training, Purposes.Evaluation]
            from partner in (string?[])[null, Given.Acme, Given.Globex]
            from decided in (int[])[Early, Late]
            from noticed in (int?[])[null, Early, Late]
            from jurisdiction in (string[])["", "DE"]
            select (Decision: Given.Grant(Given.Start) with { Choice = choice, Kinds = kinds, Purposes = purposes, Partner = partner }, decided, noticed, jurisdiction);
        foreach (var (decision, decided, noticed, jurisdiction) in plain)
        {
            var user = book.UserCount;
            book.AddUser(user, jurisdiction);
            if (noticed is { } ran) book.NoticeRan(new PendingNotice(1, Given.Start, [new UserRun(user, user)]), ran);
            book.Decide(user, decision, decided);
        }

        return book;
    }
}
