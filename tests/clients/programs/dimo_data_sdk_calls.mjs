// Calls of DIMO's JavaScript SDK, as its README shows them.
import { pathToFileURL } from "node:url";

const { DIMO, DimoEnvironment } = await import(pathToFileURL(`${process.argv[2]}/dist/esm/index.js`).href);

const env = process.env;
const tokenId = Number(env.SHARED_CAR);
const tokenDID = env.SHARED_CAR_DID;

const statusOf = async (call) => {
  try {
    await call();
  } catch (error) {
    return error.statusCode;
  }
  return 200;
};

// The SDK reports each refusal on the console, too.
console.error = () => {};
Object.assign(DimoEnvironment.Production, JSON.parse(env.DIMO_URLS));
const dimo = new DIMO("Production");
const developer = await dimo.auth.getDeveloperJwt({
  client_id: env.CLIENT_ID,
  domain: env.REDIRECT_URI,
  private_key: env.API_KEY,
});
const got = {};

got.vehicles = (await dimo.identity.countDimoVehicles()).data.vehicles.totalCount;
const listed = await dimo.identity.listVehicleDefinitionsPerAddress({ address: env.OWNER, limit: 10 });
got.definitions = listed.data.vehicles.nodes;
got.shares = await dimo.identity.getVehiclePrivileges({ tokenId });

const vehicle = await dimo.tokenexchange.getVehicleJwt({ ...developer, tokenId });
got.vehicle_jwt = vehicle.headers.Authorization.replace("Bearer ", "");
got.refused_exchange = await statusOf(() =>
  dimo.tokenexchange.exchange({ ...developer, tokenId: Number(env.OTHER_CAR), privileges: [1] }),
);

const query = `query {
  signalsSnapshot(tokenId: ${tokenId}) { lastSeen signals { name timestamp valueNumber valueString } }
}`;
got.signals = (await dimo.telemetry.query({ ...vehicle, query })).data.signalsSnapshot.signals;
// The SDK's own getLatestSignals asks for `SignalsLatest(tokenID:)`, which no version of the service has.
got.refused_query = await statusOf(() => dimo.telemetry.getLatestSignals({ ...vehicle, tokenId }));

got.webhook = (
  await dimo.vehicleTriggers.createWebhook({
    ...developer,
    service: "signals",
    metricName: "vss.bodyLockIsLocked",
    condition: "value == 0.0",
    coolDownPeriod: 30,
    description: "The car was left unlocked",
    targetURL: env.TARGET_URL,
    status: "enabled",
    verificationToken: env.VERIFICATION_TOKEN,
  })
).id;
const webhookId = got.webhook;
got.webhooks = await dimo.vehicleTriggers.listWebhooks(developer);
await dimo.vehicleTriggers.subscribeVehicle({ ...developer, webhookId, tokenDID });
got.subscribed = await dimo.vehicleTriggers.listSubscribedVehicles({ ...developer, webhookId });
await dimo.vehicleTriggers.unsubscribeVehicle({ ...developer, webhookId, tokenDID });
got.after_unsubscribing = await dimo.vehicleTriggers.listSubscribedVehicles({ ...developer, webhookId });
await dimo.vehicleTriggers.deleteWebhook({ ...developer, webhookId });

process.stdout.write(JSON.stringify(got));
