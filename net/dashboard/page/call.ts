/// <reference lib="dom" />
/** Requests to the node that served the page. Every one ends: with an answer, or with `down`. */

export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | { readonly kind: 'down'; readonly why: string }

const patienceMillis = 4_000
const tokenName = 'dynamo-token'

/** Of this tab alone, and gone with it. */
export const rememberToken = (token: string): void => {
  sessionStorage.setItem(tokenName, token)
}

export interface Request {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** JSON text, sent letter for letter. */
  readonly body?: string
  readonly patienceMillis?: number
}

export function headersOf(accept: string): Headers {
  const headers = new Headers({ accept })
  const token = sessionStorage.getItem(tokenName)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  return headers
}

export async function call(path: string, request: Request = {}): Promise<Answer> {
  const headers = headersOf('application/json')
  const init: RequestInit = { method: request.method ?? 'GET', headers, cache: 'no-store' }
  if (request.body !== undefined) {
    // A foreign page cannot send this type without being asked first, and is refused then.
    headers.set('content-type', 'application/json')
    init.body = request.body
  }
  const limit = request.patienceMillis ?? patienceMillis
  try {
    const response = await fetch(path, { ...init, signal: AbortSignal.timeout(limit) })
    return { kind: 'answer', status: response.status, text: await response.text() }
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError'
    return { kind: 'down', why: isLate ? 'took too long' : 'cannot be reached' }
  }
}

/** The body, where it is a JSON object. */
export function jsonOf({ text }: { readonly text: string }): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}

/** What a refusal says for people. */
export function messageOf(answer: Answer): string {
  if (answer.kind === 'down') return `The node ${answer.why}.`
  const { error, message } = jsonOf(answer)
  const code = typeof error === 'string' ? `${error}: ` : ''
  return `${code}${typeof message === 'string' ? message : `status ${String(answer.status)}`}`
}
