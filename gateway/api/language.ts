import type { Request } from 'express'

/** English unless the client would rather read French (Accept-Language). */
export function languageOf(request: Pick<Request, 'acceptsLanguages'>): 'en' | 'fr' {
  return request.acceptsLanguages('en', 'fr') === 'fr' ? 'fr' : 'en'
}
