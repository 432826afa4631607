import type { ReturnFlow } from '../../gateway/flow.ts'
import type { PesitPartner } from '../listener.ts'
import { codeOfAlias } from './flow-naming.ts'

/** Asks for whatever is there, as generic names do. */
const ANY = '*'

/**
 * The return flow that SELECT means, the oldest of those offered: by its whole name, with or without
 * its ending; by the code of its kind, or an alias of it; or by a pattern with `*` and `?`.
 * @param offered oldest first
 */
export function selectedReturn(
  offered: readonly ReturnFlow[],
  partner: PesitPartner,
  fileName: string,
): ReturnFlow | undefined {
  const wanted = codeOfAlias(partner, fileName)
  return (
    offered.find((one) => one.fileName === wanted || withoutEnding(one.fileName) === wanted) ??
    offered.find((one) => one.interfaceCode === wanted) ??
    offered.find((one) => isLike(one.fileName, wanted) || isLike(one.interfaceCode, wanted))
  )
}

function withoutEnding(name: string): string {
  return name.replace(/\.(tar\.gz|xml)$/, '')
}

/** In time that grows with the length of both, whatever the pattern: no expression is made of it. */
function isLike(text: string, pattern: string): boolean {
  if (!pattern.includes(ANY) && !pattern.includes('?')) return false
  let at = 0
  let from = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    if (pattern[from] === ANY) {
      star = from
      resume = at
      from += 1
    } else if (pattern[from] === '?' || pattern[from] === text[at]) {
      from += 1
      at += 1
    } else if (star >= 0) {
      from = star + 1
      resume += 1
      at = resume
    } else return false
  }
  while (pattern[from] === ANY) from += 1
  return from === pattern.length
}
