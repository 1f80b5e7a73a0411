/**
 * A configuration file, from its text to what a node runs with, or every problem it has. The caller
 * hands in how files and variables are read, so that tests need neither.
 */
import { decode, Problems } from '../../scenarios/decode.js'
import type { Problem } from '../../scenarios/problem.js'
import type { Wording } from '../../scenarios/source.js'
import { readSource } from '../../scenarios/source.js'
import { fullPlaces } from './draft.js'
import type { NodeConfig } from './model.js'
import type { Surroundings } from './surroundings.js'
import { resolveNode } from './resolve.js'
import { node } from './schema.js'

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
  const draft = decode(node, source.value, [], problems) ?? {}
  const config = resolveNode(draft, fullPlaces, surroundings, problems)
  const found = problems.list()
  return found.length > 0 || config === null ? { problems: found } : { config }
}
