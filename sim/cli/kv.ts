/** `sim kv get | put | delete`: a client of a live cluster, for people and for scripts. */
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import pc from 'picocolors'
import type { Argv, CommandModule } from 'yargs'
import type {
  ClientOptions,
  Found,
  ReadOptions,
  Value,
  WriteOptions,
} from '../../net/client/index.js'
import { BadRequest, Client, StoreError, Unknown } from '../../net/client/index.js'
import { BadInput, exitCodes } from './exit.js'

interface CommonOptions {
  readonly key: string
  readonly node: readonly string[]
  readonly bucket: string
  readonly json: boolean
  readonly timeout: number
  readonly ca: string | undefined
  readonly consistency: 'default' | 'one' | 'quorum' | 'all' | 'monotonic' | undefined
}

interface GetOptions extends CommonOptions {
  readonly r: string | undefined
  readonly pr: string | undefined
}

interface WriteFlags extends CommonOptions {
  readonly context: string | undefined
  readonly w: string | undefined
  readonly pw: string | undefined
}

interface PutOptions extends WriteFlags {
  readonly value: string | undefined
  readonly file: string | undefined
  readonly type: string | undefined
  readonly stdin: boolean
}

const defaultNode = 'http://127.0.0.1:5000'

const words = ['default', 'one', 'quorum', 'all', 'monotonic'] as const

function common<T>(yargs: Argv<T>) {
  return yargs
    .positional('key', { type: 'string', demandOption: true, describe: 'the key' })
    .option('node', {
      type: 'string',
      array: true,
      default: (process.env['DYNAMO_NODES'] ?? defaultNode).split(','),
      defaultDescription: `$DYNAMO_NODES, or ${defaultNode}`,
      describe: 'a node, or several: the others are learned from them',
    })
    .option('bucket', { type: 'string', default: 'default', describe: 'the bucket' })
    .option('consistency', { choices: words, describe: 'which quorums' })
    .option('timeout', { type: 'number', default: 5_000, describe: 'milliseconds, in all' })
    .option('ca', { type: 'string', describe: 'PEM file of whom to trust (https)' })
    .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' })
}

const writing = <T>(yargs: Argv<T>) =>
  common(yargs)
    .option('context', { type: 'string', describe: 'what a get gave: replaces what it saw' })
    .option('w', {
      type: 'string',
      describe: 'nodes that must have stored it: a count, quorum, all',
    })
    .option('pw', { type: 'string', describe: 'owners that must have stored it' })

const getCommand: CommandModule<object, GetOptions> = {
  command: 'get <key>',
  describe: 'read a key',
  builder: (yargs) =>
    common(yargs)
      .option('r', { type: 'string', describe: 'replicas that must answer: a count, quorum, all' })
      .option('pr', { type: 'string', describe: 'owners that must answer' }),
  handler: (options) => within(options, (client) => get(client, options)),
}

const putCommand: CommandModule<object, PutOptions> = {
  command: 'put <key> [value]',
  describe: 'write a key: JSON, or text that is none; or bytes from a file',
  builder: (yargs) =>
    writing(yargs)
      .positional('value', {
        type: 'string',
        describe: 'JSON; what is none is taken as text',
      })
      .option('file', { type: 'string', describe: 'the bytes of a file' })
      .option('type', {
        type: 'string',
        describe: 'their content type; application/json stores them as JSON',
      })
      .option('stdin', { type: 'boolean', default: false, describe: 'bytes of standard input' })
      .example('$0 kv put cart \'["milk"]\'', 'JSON')
      .example('$0 kv put logo --file logo.png --type image/png', 'bytes'),
  handler: (options) => within(options, (client) => put(client, options)),
}

const deleteCommand: CommandModule<object, WriteFlags> = {
  command: 'delete <key>',
  describe: 'delete a key; without a context, what the cluster holds now',
  builder: writing,
  handler: (options) =>
    within(options, async (client) => {
      const { context, node } = await client.delete(options.key, writeOptions(options))
      print(options, { key: options.key, status: 'deleted', node, context }, [
        `deleted ${options.key} at ${node}`,
      ])
    }),
}

const txnCommand: CommandModule = {
  command: 'txn [words..]',
  describe: false,
  builder: (yargs) => yargs.strict(false),
  handler: () => {
    throw new BadInput('sim kv txn is not there yet: the store has no transactions.')
  },
}

export const kvCommand: CommandModule = {
  command: 'kv <command>',
  describe: 'get, put and delete keys of a live cluster',
  builder: (yargs) =>
    yargs
      .command(getCommand)
      .command(putCommand)
      .command(deleteCommand)
      .command(txnCommand)
      .demandCommand(1)
      .epilogue(
        'A token is read from $DYNAMO_TOKEN. Exit codes: 0 done, 1 nothing has happened (absent, ' +
          'or refused), 2 a write that may have happened, 3 a request that is at fault.',
      ),
  handler: () => undefined,
}

async function get(client: Client, options: GetOptions): Promise<void> {
  const { r, pr, consistency, bucket, timeout } = options
  const asked: ReadOptions = {
    bucket,
    timeoutMillis: timeout,
    ...(consistency === undefined ? {} : { consistency }),
    ...(r === undefined ? {} : { r: countOf('r', r) }),
    ...(pr === undefined ? {} : { pr: countOf('pr', pr) }),
  }
  const found = await client.get(options.key, asked)
  if (found.kind === 'absent') process.exitCode = exitCodes.violation
  if (options.json) process.stdout.write(`${jsonOf(options.key, found)}\n`)
  else await show(found)
}

/** By hand: values are given on as they were written. */
function jsonOf(key: string, found: Found): string {
  const what =
    found.kind === 'found'
      ? `${valueJson(found.value)},"dot":${JSON.stringify(found.dot)},`
      : found.kind === 'siblings'
        ? `"siblings":[${found.siblings.map(({ value, dot }) => `{${valueJson(value)},"dot":${JSON.stringify(dot)}}`).join(',')}],`
        : ''
  const known = `"context":${JSON.stringify(found.context)},"vector_clock":${JSON.stringify(found.clock)}`
  return `{"key":${JSON.stringify(key)},"found":"${found.kind}",${what}${known}}`
}

function valueJson(value: Value): string {
  if (value.kind === 'json') return `"value":${value.text}`
  const base64 = Buffer.from(value.bytes).toString('base64')
  return `"value":"${base64}","content_type":${JSON.stringify(value.contentType)},"encoding":"base64"`
}

/** A value alone goes to standard output as it is; what is said about it, to standard error. */
async function show(found: Found): Promise<void> {
  const note = (text: string): void => void process.stderr.write(`${text}\n`)
  switch (found.kind) {
    case 'found':
      await showValue(found.value)
      break
    case 'siblings':
      note(
        pc.yellow(`${String(found.siblings.length)} siblings: put with the context to merge them`),
      )
      for (const { value, dot } of found.siblings) {
        note(pc.dim(value.kind === 'json' ? dot : `${dot} ${value.contentType}`))
        await showValue(value)
        if (value.kind === 'bytes') process.stdout.write('\n')
      }
      break
    case 'absent':
      note('not found')
      break
  }
  note(pc.dim(`context ${found.context}`))
}

function showValue(value: Value): Promise<void> {
  const output = value.kind === 'json' ? `${value.text}\n` : value.bytes
  return new Promise((done) => {
    process.stdout.write(output, () => {
      done()
    })
  })
}

async function put(client: Client, options: PutOptions): Promise<void> {
  const { key, value, type } = options
  const file = sourceOf(options)
  if (file === undefined && type !== undefined)
    throw new BadInput('--type belongs to --file and --stdin')
  const asked = writeOptions(options)
  const written =
    file === undefined
      ? await client.putJson(key, { json: jsonText(value ?? '') }, asked)
      : await putFile(client, key, file, type ?? 'application/octet-stream', asked)
  const { context, node, dot } = written
  print(options, { key, status: 'stored', node, dot, context }, [
    `stored ${key} at ${node}`,
    pc.dim(`context ${context}`),
  ])
}

/** Null: standard input; undefined: the value is on the command line. */
function sourceOf({ value, file, stdin }: PutOptions): string | null | undefined {
  const given = Number(value !== undefined) + Number(file !== undefined) + Number(stdin)
  if (given !== 1) {
    throw new BadInput('sim kv put KEY takes one of: a VALUE, --file FILE, --stdin')
  }
  return stdin ? null : file
}

async function putFile(
  client: Client,
  key: string,
  file: string | null,
  contentType: string,
  asked: WriteOptions,
) {
  const bytes = file === null ? await buffer(process.stdin) : readFile(file)
  if (contentType !== 'application/json') return client.putBytes(key, { bytes, contentType }, asked)
  const text = bytes.toString('utf8')
  if (!isJson(text)) throw new BadInput(`${file ?? 'standard input'}: not JSON`)
  return client.putJson(key, { json: text }, asked)
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new BadInput(`${file}: cannot be read`)
  }
}

const jsonText = (value: string): string => (isJson(value) ? value : JSON.stringify(value))

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function writeOptions(options: WriteFlags): WriteOptions {
  const { bucket, timeout, context, w, pw, consistency } = options
  return {
    bucket,
    timeoutMillis: timeout,
    context: context ?? null,
    ...(consistency === undefined ? {} : { consistency }),
    ...(w === undefined ? {} : { w: countOf('w', w) }),
    ...(pw === undefined ? {} : { pw: countOf('pw', pw) }),
  }
}

function countOf(name: string, text: string): number | 'quorum' | 'all' {
  if (text === 'quorum' || text === 'all') return text
  if (/^\d{1,3}$/.test(text)) return Number(text)
  throw new BadInput(`--${name} ${text}: a count, quorum or all`)
}

function print(options: CommonOptions, json: object, lines: readonly string[]): void {
  process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
}

async function within(
  options: CommonOptions,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = openClient(options)
  try {
    await work(client)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    refuse(options, error)
  } finally {
    await client.close()
  }
}

function openClient({ node, ca, timeout }: CommonOptions): Client {
  const token = process.env['DYNAMO_TOKEN']
  if (!(timeout > 0)) throw new BadInput(`--timeout: milliseconds, above 0`)
  const settings: ClientOptions = {
    nodes: node.flatMap((each) => each.split(',')),
    timeoutMillis: timeout,
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { tls: { ca: readFile(ca).toString('utf8') } }),
  }
  try {
    return new Client(settings)
  } catch {
    throw new BadInput(`--node ${node.join(' ')}: URLs such as ${defaultNode}`)
  }
}

function refuse(options: CommonOptions, error: StoreError): void {
  const outcome = error instanceof Unknown ? 'unknown' : 'rejected'
  const { code, status, need, got, url, attempts, requestId, dot, message } = error
  process.exitCode =
    error instanceof Unknown
      ? exitCodes.unknown
      : error instanceof BadRequest
        ? exitCodes.badInput
        : exitCodes.violation
  if (options.json) {
    const facts = { key: options.key, outcome, error: code, message, status, need, got }
    const where = { node: url, attempts, request_id: requestId, dot }
    process.stdout.write(`${JSON.stringify({ ...facts, ...where })}\n`)
    return
  }
  const counts = need === null || need === 0 ? '' : ` (needed ${String(need)}, got ${String(got)})`
  const after = `after ${String(attempts)} attempt${attempts === 1 ? '' : 's'}, last at ${url ?? 'no node'}`
  const hint = hints[code]
  const fix = hint === undefined ? '' : `\n${hint}`
  process.stderr.write(`${pc.red(outcome)} ${message}${counts}, ${after}${fix}\n`)
}

/** What to do, where the message alone does not say it. */
const hints: Readonly<Record<string, string>> = {
  connection_refused:
    'Name a node that runs with --node URL or $DYNAMO_NODES; sim cluster starts some.',
  unauthorized: 'Put one of the tokens of this cluster into $DYNAMO_TOKEN.',
}
