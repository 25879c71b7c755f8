// A foreign Arrow Flight client: npm's @grpc/grpc-js and apache-arrow, knowing of Broker nothing but its .proto files.
//
// node flight-client.cjs <repository> <host:port> <token> <deal> [confirm]
// Pulls every partition of the deal and prints one JSON object: what came, and how each stream ended.
'use strict';

const path = require('path');
const { createHash, randomUUID } = require('crypto');

const [repository, address, token, deal, confirm] = process.argv.slice(2);
const load = (name) => require(path.join(repository, 'node_modules', ...name.split('/')));
const grpc = load('@grpc/grpc-js');
const loader = load('@grpc/proto-loader');
const arrow = load('apache-arrow');

const protos = loader.loadSync(['arrow/flight/protocol/flight.proto', 'broker/v1/flights.proto'], {
  keepCase: true,
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
  includeDirs: [path.join(repository, 'src', 'Broker.Protos')],
});
const { FlightService } = grpc.loadPackageDefinition(protos).arrow.flight.protocol;
const metadataType = protos['broker.v1.FlightMetadata'];

const client = new FlightService(address, grpc.credentials.createInsecure(), { 'grpc-node.flow_control_window': 4 << 20 });
const headers = new grpc.Metadata();
headers.set('authorization', `Bearer ${token}`);

const unary = (method, request) =>
  new Promise((resolve, reject) => client[method](request, headers, (error, answer) => (error ? reject(error) : resolve(answer))));

// The IPC stream out of Flight's messages: each header behind its continuation token and length, then the body.
async function* ipcOf(call, parts) {
  for await (const message of call) {
    parts.push(metadataType.deserialize(message.app_metadata));
    const prefix = Buffer.alloc(8);
    prefix.writeInt32LE(-1, 0);
    prefix.writeInt32LE(message.data_header.length, 4);
    yield Buffer.concat([prefix, message.data_header, message.data_body]);
  }
  yield Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]);
}

function digestOf(ids) {
  const hash = createHash('sha256');
  for (const id of ids) {
    const bytes = Buffer.from(id, 'utf8');
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length, 0);
    hash.update(length).update(bytes);
  }
  return hash.digest();
}

async function pull(ticket) {
  const parts = [];
  const reader = await arrow.RecordBatchReader.from(ipcOf(client.DoGet(ticket, headers), parts));
  const pulled = { columns: [], slices: [], records: [], summary: null };
  let open = null;
  let next = 1; // the first message is the schema
  for await (const batch of reader) {
    pulled.columns = batch.schema.fields.map((field) => field.name);
    const part = parts[next++];
    if (part.part === 'summary') {
      pulled.summary = part.summary;
      continue;
    }
    if (part.slice.first_record === 0) open = [];
    if (open.length !== part.slice.first_record) throw new Error(`${open.length} records came before number ${part.slice.first_record}`);
    for (const row of batch) {
      const record = row.toJSON();
      record.created_at_ms = Number(record.created_at_ms);
      open.push(record);
    }
    if (!part.slice.is_last) continue;
    if (!digestOf(open.map((record) => record.id)).equals(Buffer.from(part.slice.digest))) throw new Error('a slice is not what its digest says');
    pulled.records.push(...open);
    pulled.slices.push({ partition: part.partition, round: part.slice.round, firstSlice: part.slice.slice, lastSlice: part.slice.slice });
  }
  return pulled;
}

async function confirmSlices(slices) {
  const body = Buffer.from(JSON.stringify({ deal, slices, requestId: randomUUID() }), 'utf8');
  for await (const _ of client.DoAction({ type: 'confirm-slices', body }, headers)) {
    // one answer, which says nothing
  }
}

async function main() {
  const info = await unary('GetFlightInfo', { type: 'PATH', path: [deal] });
  const flights = await Promise.all(info.endpoint.map((endpoint) => pull(endpoint.ticket)));
  const slices = flights.flatMap((flight) => flight.slices);
  if (confirm === 'confirm' && slices.length > 0) await confirmSlices(slices);
  return {
    partitions: info.endpoint.length,
    columns: flights[0].columns,
    slices: slices.length,
    records: flights.flatMap((flight) => flight.records),
    reasons: flights.map((flight) => flight.summary && flight.summary.reason),
    charged: flights.reduce((sum, flight) => sum + Number(flight.summary.charged.record_count), 0),
  };
}

main().then(
  (pulled) => process.stdout.write(JSON.stringify(pulled), () => process.exit(0)),
  (error) => process.stdout.write(JSON.stringify({ error: { code: error.code, message: String(error.message) } }), () => process.exit(1)),
);
