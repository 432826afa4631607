import { NONE, type NodeId, type XmlDocument } from '../formats/xml/xml-document.ts'
import { nameId, NAMESPACES, type NameId, type XmlName } from '../formats/xml/xml-names.ts'

/** Where a check looks: one of the contexts of `Check.at`, read once. */
export interface RuleContext {
  /** The attribute looked at, when the context ends with one; its owner is what is checked. */
  readonly attribute: NameId | undefined
  /** Steps from the element itself upwards; none = the root, or any element. */
  readonly steps: readonly ContextStep[]
  /** The topmost step hangs below the root. */
  readonly isAbsolute: boolean
}

/** A name, or names by their ending. */
export type ContextStep = NameId | NameEnding

interface NameEnding {
  /** Undefined = of any namespace. */
  readonly uri: string | undefined
  readonly ending: string
}

/** Reads the contexts of `Check.at`. Only call it while modules load. */
export function parseContexts(at: string): readonly RuleContext[] {
  return at.split(' | ').map((context) => {
    const parts = context.replace(/^\/+/, '').split('/')
    const last = parts.at(-1) ?? ''
    const attribute = last.startsWith('@') ? nameId(last.slice(1)) : undefined
    const elements = attribute === undefined ? parts : parts.slice(0, -1)
    const steps = elements.filter((step) => step !== '' && step !== '*').map(parseStep)
    return { attribute, steps: steps.toReversed(), isAbsolute: !context.startsWith('//') }
  })
}

function parseStep(step: string): ContextStep {
  if (!step.includes('*')) return nameId(step)
  const [start = '', ending = ''] = step.split('*')
  const prefix = start.replace(':', '')
  const uri = prefix === '' ? undefined : NAMESPACES[prefix as keyof typeof NAMESPACES]
  return { uri, ending }
}

/** The step is this name. */
export function isNamed(step: ContextStep, id: NameId, name: XmlName): boolean {
  if (typeof step === 'number') return step === id
  return (step.uri === undefined || step.uri === name.uri) && name.local.endsWith(step.ending)
}

/** The element is the one that the context says, and hangs where it says. */
export function isAt(
  { steps, isAbsolute }: RuleContext,
  document: XmlDocument,
  root: NodeId,
  node: NodeId,
): boolean {
  let element = node
  for (const step of steps) {
    if (element === NONE) return false
    if (!isNamed(step, document.name(element), document.nameOf(element))) return false
    element = document.parent(element)
  }
  return !isAbsolute || element === root
}
