import type { ConnectionForm } from '../connections/form.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { ALL_CONFIRMED } from './form-options.ts'

/** What stands in for what was not said, in qualification only; each is said aloud. */
const SAMPLE_SIRET = '00000000005719'
const SAMPLE_CODES: ConnectionForm['codes'] = { FSO1110A: 'PARTIAL', FSO1100A: 'COMPLETE' }
/** An address that reaches no one (RFC 2606). */
const SAMPLE_CONTACT: ConnectionForm['contact'] = {
  name: 'Test',
  email: 'nobody@raccord.invalid',
  telephone: '00 00 00 00 00',
}
/** A form with what was assumed of it. */
export interface FilledForm {
  readonly siret: string
  readonly form: ConnectionForm
  readonly assumed: readonly { readonly en: string; readonly fr: string }[]
}

/**
 * What was not said is taken from the samples, and said aloud.
 * @throws CommandFailure usage: no structure, and none may be assumed
 */
export function assumeMissing(
  form: ConnectionForm,
  siret: string | undefined,
  { mayAssume, isSubmitted }: { readonly mayAssume: boolean; readonly isSubmitted: boolean },
): FilledForm {
  if (siret === undefined && !mayAssume) {
    throw new CommandFailure(
      EXIT.usage,
      'For which structure?',
      'Name it with --structure; raccord structures list shows yours.',
    )
  }
  const assumed: { en: string; fr: string }[] = []
  const assume = <Value>(value: Value | undefined, other: Value, en: string, fr: string): Value => {
    if (value !== undefined) return value
    assumed.push({ en, fr })
    return other
  }
  const structure = assume(
    siret,
    SAMPLE_SIRET,
    `structure ${SAMPLE_SIRET}, of the fictional data set (--structure)`,
    `structure ${SAMPLE_SIRET}, du matelas de données (--structure)`,
  )
  if (!mayAssume || !isSubmitted) return { siret: structure, form, assumed }
  const codes = assume(
    form.codes,
    SAMPLE_CODES,
    'codes FSO1110A=partial FSO1100A=complete (--code)',
    'codes FSO1110A=partial FSO1100A=complete (--code)',
  )
  const contact = assume(
    form.contact,
    SAMPLE_CONTACT,
    'a technical contact that reaches no one (--contact-name, --contact-email, --contact-phone)',
    'un contact technique qui n’atteint personne (--contact-name, --contact-email, --contact-phone)',
  )
  const confirmations = assume(
    form.confirmations,
    ALL_CONFIRMED,
    'documentation read and technical skill at hand, as you confirm by submitting (--confirm)',
    'documentation lue et compétences réunies, ce que vous confirmez en soumettant (--confirm)',
  )
  return {
    siret: structure,
    form: {
      ...form,
      ...(codes === undefined ? {} : { codes }),
      ...(contact === undefined ? {} : { contact }),
      confirmations,
    },
    assumed,
  }
}
