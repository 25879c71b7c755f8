namespace Broker.Domain.Consents;

/// <summary>Why data may be used. The numbers are on disk and on the wire: never reuse one.</summary>
public enum Purpose
{
    /// <summary>Not a purpose; refused wherever one is asked for.</summary>
    Unspecified = 0,

    /// <summary>Training a general model that others build on.</summary>
    FoundationModelTraining = 1,

    /// <summary>Adapting a trained model to a task.</summary>
    FineTuning = 2,

    /// <summary>Measuring a model; the data does not shape it.</summary>
    Evaluation = 3,

    /// <summary>Showing the data to a model, or its users, at answering time.</summary>
    Retrieval = 4,

    /// <summary>Statistics over the data.</summary>
    Analytics = 5,
}
