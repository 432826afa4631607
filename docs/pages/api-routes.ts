import { statusOf } from '../../gateway/api/problem-status.ts'
import { TAGS, type Route, type Tag } from '../../gateway/api/route.ts'
import { API_ROUTES } from '../../gateway/api/routes.ts'
import { ERRORS, type ErrorCode } from '../../gateway/errors.ts'
import { GENERATED_MARK, table } from './markdown.ts'

/** docs/api-routes.md: every route with its permission, and the status of each error code. */
export function apiRoutesPage(): string {
  const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => statusOf(code) !== 500)
  const parts = [
    '# Routes of the HTTP API',
    GENERATED_MARK,
    'All under `/api/v1`; members of each request and answer are in [openapi.json](openapi.json), permissions in [accounts.md](accounts.md), everything else in [api.md](api.md). _public_: nobody need be signed in. _If-Match_: **required** where a whole document is replaced.',
    ...(Object.keys(TAGS) as Tag[]).flatMap((tag) => [
      `## ${TAGS[tag].replace(/\.$/, '')}`,
      routesTable(API_ROUTES.filter((route) => route.tag === tag)),
    ]),
    '## Status of a problem document',
    'What is not listed is a fault of the gateway, 500.',
    table(
      ['status', 'code', 'meaning'],
      codes
        .toSorted((one, other) => statusOf(one) - statusOf(other))
        .map((code) => [String(statusOf(code)), `\`${code}\``, ERRORS[code].meaning.en]),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

const routesTable = (routes: readonly Route[]): string =>
  table(
    ['route', 'what', 'permission', 'If-Match'],
    routes.map((route) => [
      `\`${route.method.toUpperCase()} ${route.path}\``,
      route.summary,
      `\`${route.permission}\``,
      route.ifMatch === 'required' ? '**required**' : (route.ifMatch ?? ''),
    ]),
  )
