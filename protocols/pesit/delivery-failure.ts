import type { BilingualText } from '../../gateway/flow.ts'
import type { DeliveryFailure } from '../return-flow-sender.ts'
import { SendingError } from '../sending.ts'
import type { SendingFailure } from '../sending.ts'
import { diagnosticRow, diagnosticText } from './diagnostics.ts'
import { sendingVerdict } from './errors.ts'
import { PesitRefusal } from './pesit-refusal.ts'

/** Where no diagnostic tells: the way to the partner, or our own side. */
const WITHOUT_DIAGNOSTIC: Readonly<
  Record<SendingFailure, Omit<DeliveryFailure, 'message'> & { readonly message: BilingualText }>
> = {
  unreachable: {
    code: 'PESIT_UNREACHABLE',
    retry: true,
    isUnreachable: true,
    message: {
      en: 'The PeSIT server of the partner cannot be reached, or the line broke.',
      fr: 'Le serveur PeSIT du partenaire est injoignable, ou la ligne a été coupée.',
    },
  },
  'timed-out': {
    code: 'PESIT_TIMED_OUT',
    retry: true,
    isUnreachable: true,
    message: {
      en: 'The PeSIT server of the partner did not answer in time.',
      fr: 'Le serveur PeSIT du partenaire n’a pas répondu à temps.',
    },
  },
  refused: {
    code: 'PESIT_REFUSED',
    retry: true,
    message: {
      en: 'The PeSIT server of the partner is not the one of the form, or said no.',
      fr: 'Le serveur PeSIT du partenaire n’est pas celui du formulaire, ou a refusé.',
    },
  },
  cancelled: {
    code: 'PESIT_INTERRUPTED',
    retry: true,
    message: {
      en: 'The gateway interrupted the transfer; the next attempt takes it up.',
      fr: 'La passerelle a interrompu le transfert ; la prochaine tentative le reprendra.',
    },
  },
  local: {
    code: 'PESIT_LOCAL',
    retry: true,
    message: {
      en: 'The return flow could not be read here.',
      fr: 'Le flux retour n’a pas pu être lu ici.',
    },
  },
}

/** What an attempt over PeSIT that came to nothing means for the return flow. */
export function deliveryFailure(error: unknown): DeliveryFailure {
  const said = error instanceof PesitRefusal ? error : undefined
  if (said?.diagnostic !== undefined && said.failure !== 'cancelled' && said.failure !== 'local') {
    return diagnosticFailure(said, said.diagnostic)
  }
  const failure = error instanceof SendingError ? error.failure : 'local'
  const words = error instanceof Error ? error.message : String(error)
  const { message, ...rest } = WITHOUT_DIAGNOSTIC[failure]
  return {
    ...rest,
    message: { en: `${message.en} (${words})`, fr: `${message.fr} (${words})` },
    evidence: { said: words },
    cause: error,
  }
}

function diagnosticFailure(
  { fpdu, text, cause, message }: PesitRefusal,
  diagnostic: NonNullable<PesitRefusal['diagnostic']>,
): DeliveryFailure {
  const code = diagnosticText(diagnostic)
  const row = diagnosticRow(diagnostic)
  const quoted = text === undefined ? '' : ` « ${text} »`
  const sentence = (language: keyof BilingualText): string =>
    row === undefined
      ? `${code}${quoted}`
      : `${code} ${row.cause[language]} ${row.remedy[language]}${quoted}`
  const isDoor = fpdu === 'RCONNECT' || diagnostic.reason === 317
  const retry = sendingVerdict(diagnostic) !== 'give-up'
  return {
    code: 'PESIT_DIAGNOSTIC',
    retry,
    ...(isDoor && retry ? { isUnreachable: true } : {}),
    message: { en: sentence('en'), fr: sentence('fr') },
    evidence: {
      diagnostic: code,
      ...(fpdu === undefined ? {} : { fpdu }),
      ...(text === undefined ? {} : { text }),
      said: message,
    },
    cause,
  }
}
