// An S3 server for tests: npm's s3rver with a store that is whole or absent, as S3 is.
//
// s3rver's routes, signatures, XML, ranges and multipart uploads are used as they are. Its store is not: it writes objects in
// place and answers before the last bytes are written, lists in the order of its own file names (and so loses keys between
// pages), and removes folders that another request is about to write into. A test against that would fail by chance.
// It takes the abort of an upload for a deletion of the object. It also enciphers where a page of a listing ends by DES, which no current OpenSSL has.
// s3rver ignores If-None-Match; with --conditional it is honoured, as AWS and MinIO do.
//
// node s3-server.cjs <s3rver's folder> <data folder> <bucket> [--conditional]; prints "listening on <port>".
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { PassThrough } = require('stream');
const { pipeline } = require('stream/promises');

const [library, directory, bucket, ...flags] = process.argv.slice(2);
const S3rver = require(library);
const S3Object = require(path.join(library, 'lib', 'models', 'object'));
const server = new S3rver({ directory, address: '127.0.0.1', port: 0, silent: true, vhostBuckets: false, configureBuckets: [{ name: bucket }] });
const { store } = server;
const suffix = '._S3rver_object';
const last = new Map(); // of each key, the put that is under way
let temporary = 0;

for (const name of ['createCipheriv', 'createDecipheriv']) {
  const real = crypto[name];
  crypto[name] = (cipher, key, iv) => cipher === 'des' ? real('aes-128-cbc', Buffer.concat([key, key]), Buffer.concat([iv, iv])) : real(cipher, key, iv);
}

// Writes a body beside the buckets, whole; the caller renames it.
async function write(content) {
  const file = path.join(directory, `.${process.pid}-${temporary++}.tmp`);
  const md5 = crypto.createHash('md5');
  let size = 0;
  const body = Buffer.isBuffer(content) ? PassThrough.from([content]) : content;
  try {
    await pipeline(body, async function* (chunks) {
      for await (const chunk of chunks) {
        md5.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    }, fs.createWriteStream(file));
  } catch (broken) {
    await fs.promises.rm(file, { force: true });
    throw broken;
  }
  return { file, size, md5: md5.digest('hex') };
}

store.putObject = async object => {
  const { file, size, md5 } = await write(object.content);
  const target = store.getResourcePath(object.bucket, object.key, 'object');
  const before = last.get(target);
  const put = (async () => {
    await before;
    await fs.promises.mkdir(path.dirname(target), { recursive: true });
    await store.putMetadata(object.bucket, object.key, object.metadata, md5);
    await fs.promises.rename(file, target);
  })();
  last.set(target, put.catch(() => {}));
  await put;
  return { size, md5 };
};

store.putPart = async (inBucket, upload, number, content) => {
  const { file, size, md5 } = await write(content);
  const target = path.join(store.getResourcePath(inBucket, undefined, 'uploads'), upload, `${number}`);
  await fs.promises.rename(file, target);
  await fs.promises.writeFile(`${target}.md5`, md5);
  return { size, md5 };
};

store.deleteObject = async (inBucket, key) => {
  for (const kind of ['object', 'object.md5', 'metadata.json']) await fs.promises.rm(store.getResourcePath(inBucket, key, kind), { force: true });
};

const listAsIs = store.listObjects.bind(store);
store.listObjects = async (inBucket, options) => {
  if (options.delimiter) return listAsIs(inBucket, options);
  const root = store.getBucketPath(inBucket);
  const { startAfter = '', prefix = '', maxKeys = Infinity } = options;
  const keys = fs.readdirSync(root, { recursive: true })
    .filter(name => name.endsWith(suffix))
    .map(name => name.slice(0, -suffix.length))
    .filter(key => key.startsWith(prefix) && key > startAfter)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const objects = [];
  for (const key of keys.slice(0, maxKeys)) {
    const metadata = await store.getMetadata(inBucket, key).catch(() => undefined); // deleted meanwhile
    if (metadata) objects.push(new S3Object(inBucket, key, null, metadata));
  }
  return { objects, commonPrefixes: [], isTruncated: keys.length > maxKeys };
};

server.middleware.unshift(async (context, next) => {
  if (context.method !== 'DELETE' || !context.query.uploadId) return next();
  await fs.promises.rm(path.join(store.getResourcePath(bucket, undefined, 'uploads'), path.basename(context.query.uploadId)), { recursive: true, force: true });
  context.status = 204;
  return undefined;
});

if (flags.includes('--conditional')) {
  let pending = Promise.resolve(); // Conditional puts go one after another, each judged by what the one before left.
  server.middleware.unshift((context, next) => {
    if (context.method !== 'PUT' || context.get('if-none-match') !== '*') return next();
    const put = pending.then(async () => {
      if (!await store.existsObject(bucket, decodeURIComponent(context.path).split('/').slice(2).join('/'))) return next();
      context.status = 412;
      context.type = 'application/xml';
      context.body = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>PreconditionFailed</Code><Message>The key is taken.</Message></Error>';
      return undefined;
    });
    pending = put.catch(() => {});
    return put;
  });
}

server.run().then(({ port }) => console.log(`listening on ${port}`), failure => {
  console.error(failure);
  process.exit(1);
});
