/** What is wrong with a request, as data: a status, a word for programs, a sentence for people. */

export type ProblemCode =
  | 'bad_request'
  | 'bad_key'
  | 'bad_json'
  | 'bad_parameter'
  | 'bad_context'
  | 'bad_content_type'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'context_required'
  | 'other_incarnation'
  | 'idempotency_key_reused'
  | 'rate_limited'
  | 'overloaded'
  | 'unreachable'
  | 'internal'

const statuses: Readonly<Record<ProblemCode, number>> = {
  bad_request: 400,
  bad_key: 400,
  bad_json: 400,
  bad_parameter: 400,
  bad_context: 400,
  bad_content_type: 415,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  context_required: 428,
  other_incarnation: 412,
  idempotency_key_reused: 422,
  rate_limited: 429,
  overloaded: 503,
  unreachable: 502,
  internal: 500,
}

export const problemCodes = Object.keys(statuses) as readonly ProblemCode[]

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly code: ProblemCode
  readonly status: number
  /** Sent with the answer. */
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.code = code
    this.status = statuses[code]
    this.headers = headers
  }
}
