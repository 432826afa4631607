import { BUSINESS_GROUPS, BUSINESS_TERMS } from '../../formats/business-terms.ts'
import type { StructureIssue } from '../../formats/structure/structure-issue.ts'

/** Business terms and groups by the path of their elements, without root, positions and conditions. */
let byPath: Map<string, string[]> | undefined

/** The terms that an element holds that is wrong or missing; none where the table has no such path. */
export function termsOfIssue({ kind, place, name, other, attribute }: StructureIssue): string[] {
  byPath ??= pathsOfTerms()
  const steps = place.path
    .replaceAll(/\[\d+\]/g, '')
    .split('/')
    .slice(2)
  // A missing element would stand beside the one that came too early, else in its parent.
  if (kind === 'MISSING' || (kind === 'ORDER' && steps.at(-1) !== name)) {
    if (other !== undefined) steps.pop()
    steps.push(name.split(', ')[0] ?? '')
  }
  const path = steps.join('/')
  return (
    byPath.get(attribute === undefined ? path : `${path}/@${attribute}`) ?? byPath.get(path) ?? []
  )
}

function pathsOfTerms(): Map<string, string[]> {
  const paths = new Map<string, string[]>()
  const enter = (id: string, path: string): void => {
    const bare = path.replaceAll(/\[[^\]]*\]/g, '')
    const ids = paths.get(bare) ?? []
    if (!ids.includes(id)) paths.set(bare, [...ids, id])
  }
  for (const syntax of ['ubl', 'cii'] as const) {
    for (const [id, group] of Object.entries(BUSINESS_GROUPS)) {
      for (const path of group[syntax]) enter(id, path)
    }
    for (const [id, term] of Object.entries(BUSINESS_TERMS)) {
      const groups = term.within === undefined ? [''] : BUSINESS_GROUPS[term.within][syntax]
      for (const group of groups) {
        for (const path of term[syntax]) enter(id, group === '' ? path : `${group}/${path}`)
      }
    }
  }
  return paths
}
