/** `dynamo-sim/client`: a client of a cluster of live nodes. docs/client.md shows how. */
export type { Bytes, RawJson } from './client.js'
export { Client } from './client.js'
export type { Failure } from './error.js'
export { BadRequest, Rejected, StoreError, Unknown } from './error.js'
export type { ClientOptions, ClientTls, ReadOptions, WriteOptions } from './options.js'
export { Session } from './session.js'
export type { BytesValue, Clock, Found, JsonValue, Sibling, Value, Written } from './value.js'
