namespace Broker.Auditor;

/// <summary>Sets of small numbers as bits: bit n is number n.</summary>
internal static class Masks
{
    public static bool Has(uint mask, int number) => number is > 0 and < 32 && (mask & (1u << number)) != 0;

    public static IEnumerable<int> Members(uint mask)
    {
        for (var number = 1; number < 32; number++)
            if (Has(mask, number))
                yield return number;
    }
}
