import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import { fileNameOf } from './mime/file-name.ts'
import type { HeaderFields } from './mime/header-fields.ts'

/**
 * The name that a message gives its payload: of the innermost part, else of the request when that
 * is what holds the payload, else the Subject. Names of the S/MIME parts are not it.
 * @returns an empty name when there is none: the intake refuses it as any bad one
 * @throws MessageFault `file-name`
 */
export function flowFileName(
  inner: HeaderFields,
  request: HeaderFields,
  policy: As2Policy,
): string {
  const own = fileNameOf(inner)
  if (own !== undefined) return own
  const outer = request === inner ? undefined : nameOfRequest(request)
  if (outer !== undefined) return outer
  return policy.subjectAsFileName ? (request.get('subject')?.trim() ?? '') : ''
}

/** Some products put the name on the request of an encrypted message, beside `smime.p7m`. */
function nameOfRequest(request: HeaderFields): string | undefined {
  const name = fileNameOf(request)
  return name === undefined || /^smime\.p7[mzsc]$/i.test(name) ? undefined : name
}
