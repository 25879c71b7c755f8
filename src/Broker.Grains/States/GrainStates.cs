using Orleans.Core;

namespace Broker.Grains.States;

/// <summary>Small states in grain storage.</summary>
internal static class GrainStates
{
    /// <summary>Writes the state; where that fails, this activation is over: what it holds in memory is not what is stored, and a repeat
    /// that found it there would be acknowledged without having been written.</summary>
    public static async Task WriteOrForgetAsync(this Grain grain, IStorage storage)
    {
        try
        {
            await storage.WriteStateAsync();
        }
        catch
        {
            grain.GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, "Its state could not be written."));
            throw;
        }
    }
}
