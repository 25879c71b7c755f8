using Broker.Faults;
using Broker.Faults.Load;

if (args is [PartnerProgram.Verb, .. var partner]) return await PartnerProgram.RunAsync(partner);
return await CampaignProgram.RunAsync(args);
