import { openApiDocument } from '../../gateway/api/openapi-document.ts'
import { API_ROUTES } from '../../gateway/api/routes.ts'

/** docs/openapi.json: what `/api/v1/openapi.json` answers. */
export function openApiPage(): string {
  return `${JSON.stringify(openApiDocument(API_ROUTES), null, 2)}\n`
}
