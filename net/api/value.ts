/**
 * A value as the core stores it: one text. JSON is its own text, without a letter more. Bytes carry
 * a mark that no JSON begins with, their content type, a line feed, and what they say: as text
 * where they are UTF-8, else in base64, which takes a third more.
 */
import { isUtf8 } from 'node:buffer'

export type Value =
  | { readonly kind: 'json'; readonly text: string }
  | {
      readonly kind: 'bytes'
      readonly contentType: string
      readonly encoding: 'utf8'
      text: string
    }
  | {
      readonly kind: 'bytes'
      readonly contentType: string
      readonly encoding: 'base64'
      readonly text: string
    }

const textMark = 'T'
const base64Mark = 'B'

/** `text` is JSON, checked. */
export const storedJson = (text: string): string => text

export function storedBytes(bytes: Buffer, contentType: string): string {
  return isUtf8(bytes)
    ? `${textMark}${contentType}\n${bytes.toString('utf8')}`
    : `${base64Mark}${contentType}\n${bytes.toString('base64')}`
}

export function valueOf(stored: string): Value {
  const mark = stored.charAt(0)
  if (mark !== textMark && mark !== base64Mark) return { kind: 'json', text: stored }
  const end = stored.indexOf('\n')
  const contentType = stored.slice(1, end)
  const text = stored.slice(end + 1)
  const encoding = mark === textMark ? 'utf8' : 'base64'
  return { kind: 'bytes', contentType, encoding, text }
}

export const bytesOf = (text: string, encoding: 'utf8' | 'base64'): Buffer =>
  Buffer.from(text, encoding)

/** `"value":…`, and for bytes what they are: the members of a JSON object, without its braces. */
export function valueMembers(stored: string): string {
  const value = valueOf(stored)
  if (value.kind === 'json') return `"value":${value.text}`
  const { contentType, encoding, text } = value
  return (
    `"value":${JSON.stringify(text)},"content_type":${JSON.stringify(contentType)},` +
    `"encoding":"${encoding}"`
  )
}

const token = "[!#$%&'*+.^_`|~A-Za-z0-9-]+"
const contentTypePattern = new RegExp(
  `^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|"[^"\\\\\\x00-\\x1f\\x7f]*"))*$`,
)
const longestContentType = 200

/** Null: not one that could be given back in a header. */
export function checkedContentType(header: string): string | null {
  const trimmed = header.trim()
  if (trimmed.length > longestContentType || /[^\x20-\x7e\t]/.test(trimmed)) return null
  return contentTypePattern.test(trimmed) ? trimmed : null
}
