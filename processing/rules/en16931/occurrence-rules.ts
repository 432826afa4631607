import type { Severity } from '../../../gateway/flow.ts'
import { OCCURRENCE_RULES as TABLE } from '../../tables/occurrence-rules.ts'
import type { Rule } from '../rule.ts'
import { forbidden, once } from './occurrence.ts'

/** Rules that only say what must not be there, or once: out of the generated table. */
export const TABLED_RULES: readonly Rule[] = TABLE.trim()
  .split('\n\n')
  .flatMap((block) => {
    const [head = '', ...lines] = block.split('\n')
    const [syntax = '', kind = '', severity = '', ...at] = head.split(' ')
    return lines.map((line) => {
      const [id = '', ...steps] = line.split(' ')
      const row = {
        id,
        syntax: syntax as 'ubl' | 'cii',
        severity: severity as Severity,
        at: at.join(' '),
      }
      const path = steps.join(' ')
      return kind === 'once' ? once({ ...row, steps: path }) : forbidden({ ...row, forbids: path })
    })
  })
