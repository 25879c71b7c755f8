using System.Globalization;
using Broker.Cli.Commands;
using Broker.Cli.Output;
using Broker.Protos.V1;
using CsCheck;

namespace Broker.EndToEnd.Cli;

public sealed class AmountTests
{
    [Theory]
    [InlineData("60000000", 60_000_000_000_000)]
    [InlineData("0.0015", 1_500)]
    [InlineData("0.000001", 1)]
    [InlineData("0.10000000000000000000000000000", 100_000)]
    [InlineData("0", 0)]
    [InlineData("-1.5", -1_500_000)]
    [InlineData("9223372036854.775807", long.MaxValue)]
    [InlineData("-9223372036854.775808", long.MinValue)]
    [InlineData("000000000000000000000000000000000001", 1_000_000)]
    public void Money_is_read_exactly(string text, long micros)
    {
        Assert.Null(Amount.ParseMicros(text, out var read));
        Assert.Equal(micros, read);
    }

    [Theory]
    [InlineData("0.0000001", "finer than a millionth")]
    [InlineData("9223372036854.775808", "too large")]
    [InlineData("99999999999999999999999999999999999999999999999999", "too large")]
    [InlineData("", "decimal number")]
    [InlineData("1,000", "decimal number")]
    [InlineData("1e6", "decimal number")]
    [InlineData("+1", "decimal number")]
    [InlineData(" 1", "decimal number")]
    [InlineData("1\n", "decimal number")]
    [InlineData(".5", "decimal number")]
    [InlineData("5.", "decimal number")]
    [InlineData("٣", "decimal number")]
    [InlineData("NaN", "decimal number")]
    public void What_is_no_exact_amount_of_money_is_refused(string text, string fault) =>
        Assert.Contains(fault, Amount.ParseMicros(text, out _), StringComparison.Ordinal);

    [Fact]
    public void Every_amount_of_money_that_is_written_is_read_back() => Gen.OneOf(Gen.Long, Gen.Long[-10_000_000, 10_000_000]).Sample(micros =>
    {
        Assert.Null(Amount.ParseMicros(Amount.ToDecimal(micros), out var read));
        Assert.Equal(micros, read);
        Assert.Equal(Amount.ToDecimal(micros) + " USD", Amount.Of(micros, "USD").Replace(",", "", StringComparison.Ordinal));
        Assert.Equal((decimal)micros / 1_000_000, decimal.Parse(Amount.ToDecimal(micros), CultureInfo.InvariantCulture));
    });

    [Theory]
    [InlineData(0, 0, 1_000_000, "░░░░░░░░")]
    [InlineData(1, 0, 1_000_000, "█░░░░░░░")]
    [InlineData(0, 1, 1_000_000, "▒░░░░░░░")]
    [InlineData(1, 1, 1_000_000, "█▒░░░░░░")]
    [InlineData(500_000, 250_000, 1_000_000, "████▒▒░░")]
    [InlineData(999_999, 0, 1_000_000, "███████░")]
    [InlineData(999_999, 1, 1_000_000, "███████▒")]
    [InlineData(1_000_000, 0, 1_000_000, "████████")]
    [InlineData(long.MaxValue, long.MaxValue, 1, "████████")]
    [InlineData(1, 0, long.MaxValue, "█░░░░░░░")]
    public void A_bar_shows_the_first_unit_that_is_used_and_the_last_one_that_is_left(long used, long reserved, long limit, string bar) =>
        Assert.Equal(bar, UsageView.Bar(used, reserved, limit, 8));

    [Fact]
    public void Words_are_those_of_the_protos_and_are_read_back()
    {
        Assert.Equal(["foundation-model-training", "fine-tuning", "evaluation", "retrieval", "analytics"], Words.All<Purpose>());
        Assert.Equal(["opt-in", "opt-out", "excluded"], Words.All<Regime>());
        Assert.Equal("thousand-tokens", Words.Of(PriceUnit.ThousandTokens));
        Assert.Equal("active", Words.Of(Deal.Types.State.Active));
        Assert.Equal("99", Words.Of((RecordKind)99));
        Assert.All(Enum.GetValues<RecordField>().Where(field => field != RecordField.Unspecified), field => Assert.Equal(field, Words.Parse<RecordField>(Words.Of(field))));
        Assert.Null(Words.Parse<RecordKind>("unspecified"));
        Assert.Null(Words.Parse<RecordKind>("Post"));
    }

    [Fact]
    public void Lengths_of_time_are_read_back() => Gen.Int[0, 40_000_000].Sample(seconds =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Durations.Parse(Durations.Of(TimeSpan.FromSeconds(seconds)))));

    [Theory]
    [InlineData("Ann\e[2J\e[31m", "Ann\uFFFD[2J\uFFFD[31m")]
    [InlineData("a\rb\bc\0", "a\uFFFDb\uFFFDc\uFFFD")]
    [InlineData("abc\u202Etxt.exe", "abc\uFFFDtxt.exe")]
    [InlineData("Zoë 😀\nline", "Zoë 😀\nline")]
    public void Text_from_elsewhere_moves_no_cursor_and_hides_nothing(string text, string shown) => Assert.Equal(shown, Shown.Of(text));
}
