/**
 * A configuration file, from its text to what a node runs with, or every problem it has. The caller
 * hands in how files and variables are read, so that tests need neither.
 */
import { decode, Problems } from '../../scenarios/decode.js'
import type { Problem } from '../../scenarios/problem.js'
import type { Source, Wording } from '../../scenarios/source.js'
import { readSource } from '../../scenarios/source.js'
import type { NodeDraft, Places } from './draft.js'
import { fullPlaces, plainPlaces } from './draft.js'
import type { NodeConfig } from './model.js'
import { draftOfPlain } from './plain.js'
import type { Surroundings } from './surroundings.js'
import { resolveNode } from './resolve.js'
import { node, plain } from './schema.js'

export interface LoadOptions {
  readonly text: string
  /** Put before every problem; never opened. */
  readonly file: string
  readonly surroundings: Surroundings
}

export type LoadedConfig =
  | { readonly config: NodeConfig; readonly problems?: undefined }
  | { readonly problems: readonly Problem[]; readonly config?: undefined }

const wording: Wording = { noun: 'configuration', least: 'an id', start: 'id: n1' }

export function loadConfig({ text, file, surroundings }: LoadOptions): LoadedConfig {
  const source = readSource(text, file, wording)
  if (!('value' in source)) return { problems: source }
  const problems = new Problems(source, file)
  const { draft, places } = read(source, problems)
  const config = resolveNode(draft, places, surroundings, problems)
  const found = problems.list()
  return found.length > 0 || config === null ? { problems: found } : { config }
}

/** JSON is YAML too, so what tells the two forms apart is how the node's name is called. */
function read(
  { value }: Source,
  problems: Problems,
): { readonly draft: NodeDraft; readonly places: Places } {
  if (typeof value === 'object' && value !== null && 'node_id' in value) {
    const draft = decode(plain, value, [], problems) ?? {}
    return { draft: draftOfPlain(draft), places: plainPlaces }
  }
  return { draft: decode(node, value, [], problems) ?? {}, places: fullPlaces }
}
