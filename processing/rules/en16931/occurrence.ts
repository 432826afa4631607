import type { Severity } from '../../../gateway/flow.ts'
import { path, type NodeId } from '../../formats/xml/xml-document.ts'
import { countOf } from '../element-values.ts'
import { F_CODES, type Check, type Rule } from '../rule.ts'
import { enRule, must, type Condition } from './en-rule.ts'

/** A rule that an element or attribute not be used. */
export interface Forbidden {
  readonly id: string
  readonly syntax: 'ubl' | 'cii'
  readonly severity: Severity
  /** The element that the rule is reported at, as in `Check.at`. */
  readonly at: string
  /** Below it, or anywhere when it starts with `//`; several parted by ` | `. */
  readonly forbids: string
  /** Of the forbidden element, or of the owner of the attribute: it is forbidden only then. */
  readonly when?: Condition
}

/** Looked for at the forbidden element itself, which costs nothing where there is none. */
export function forbidden(row: Forbidden): Rule {
  const { id, syntax, severity, forbids } = row
  const shown = forbids.replaceAll('//', '').replaceAll(' | ', ', ')
  const isFatal = severity === 'fatal'
  const checks = forbids.split(' | ').flatMap((one) => forbiddenChecks(row, one))
  return enRule({
    id,
    terms: [],
    severity,
    code: F_CODES.value,
    message: isFatal
      ? {
          en: `${shown} must not be used: the invoice model of EN 16931 has no place for it here.`,
          fr: `${shown} ne doit pas être utilisé : le modèle de facture EN 16931 ne le prévoit pas ici.`,
        }
      : {
          en: `${shown} should not be used: it is outside the invoice model of EN 16931.`,
          fr: `${shown} ne devrait pas être utilisé : il est hors du modèle de facture EN 16931.`,
        },
    remedy: {
      en: 'Leave it out; receivers may ignore what it says.',
      fr: 'Retirez-le ; le destinataire peut ignorer ce qu’il contient.',
    },
    platformText: `L’élément ${shown.split('/').at(-1)} n’est pas attendu ({place}).`,
    [syntax]: checks,
  })
}

function forbiddenChecks({ id, at, when }: Forbidden, forbids: string): readonly Check[] {
  const isAnywhere = forbids.startsWith('//')
  const levels = forbids.split('/').filter((step) => step !== '' && !step.startsWith('@')).length
  return at.split(' | ').map((context) => ({
    at: isAnywhere
      ? forbids
      : context === '/' && !forbids.startsWith('@')
        ? forbids
        : joined(context, forbids),
    check: (node, subject, report) => {
      if (when !== undefined && !when(node, subject)) return
      let place = node
      if (isAnywhere) place = subject.root
      else for (let level = 0; level < levels; level += 1) place = subject.document.parent(place)
      if (subject.facts.isFirst(id, place)) report(place)
    },
  }))
}

const joined = (context: string, steps: string): string =>
  context === '/' ? `/${steps}` : `${context}/${steps}`

/** A rule that an element come at most once below another. */
export interface Once {
  readonly id: string
  readonly syntax: 'ubl' | 'cii'
  readonly severity: Severity
  readonly at: string
  readonly steps: string
}

export function once({ id, syntax, severity, at, steps }: Once): Rule {
  return onceRule(id, syntax, severity, steps, must(at, isAtMostOnce(steps)))
}

/** The same with a check of its own. */
export function onceRule(
  id: string,
  syntax: 'ubl' | 'cii',
  severity: Severity,
  shown: string,
  checks: Check | readonly Check[],
): Rule {
  return enRule({
    id,
    terms: [],
    severity,
    code: F_CODES.value,
    message: {
      en: `${shown} may come once only there.`,
      fr: `${shown} ne peut y figurer qu’une seule fois.`,
    },
    remedy: {
      en: 'Keep one of them.',
      fr: 'N’en conservez qu’un.',
    },
    platformText: `L’élément ${shown.split('/').at(-1)} ne peut figurer qu’une fois ({place}).`,
    [syntax]: checks,
  })
}

export function isAtMostOnce(steps: string): Condition {
  const counted = path(steps)
  return (node: NodeId, { document }) => countOf(document, node, counted, 2) <= 1
}
