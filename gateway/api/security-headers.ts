import type { RequestHandler } from 'express'

/**
 * The API's answers are documents, nothing a page could run: as strict as each header goes (OWASP
 * secure headers). Set by hand: there are nine.
 */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

const HSTS = 'max-age=31536000'

export const securityHeaders: RequestHandler = (request, response, next) => {
  response.set(HEADERS)
  // By plain HTTP it would be ignored (RFC 6797 §8.1), or shut out who has no TLS yet.
  if (request.secure) response.set('Strict-Transport-Security', HSTS)
  next()
}
