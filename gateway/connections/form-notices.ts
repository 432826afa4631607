import type { BilingualText, Environment, ProtocolName } from '../flow.ts'
import type { FormNotice } from './connection-forms.ts'
import type { ConnectionState } from './connection-states.ts'
import type { ConnectionForm } from './form.ts'

/** What the decision whether a notice is shown rests on. */
export interface NoticeFacts {
  readonly environment: Environment
  readonly protocol: ProtocolName
  readonly state: ConnectionState
  /** People who may modify the connections of the structure. */
  readonly modifiers: number
  /** Days until the certificates of the form end; undefined without any. */
  readonly certificateDays: number | undefined
}

type ConfirmationName = keyof NonNullable<ConnectionForm['confirmations']>

interface NoticeRow {
  readonly id: string
  readonly isShown: (facts: NoticeFacts) => boolean
  /** The box that has to be ticked before the form is sent. */
  readonly confirmation?: ConfirmationName
  readonly text: BilingualText
}

/** People entitled to modify above which the page warns (decisions F3). */
const FEW_PEOPLE = 2
/** Days of validity under which connecting is discouraged (reference chorus-pro-edi §6). */
const SHORT_VALIDITY_DAYS = 30

const isBeingFilledIn = ({ state }: NoticeFacts): boolean => state === 'DRAFT'
const isEditable = ({ state }: NoticeFacts): boolean => state === 'DRAFT' || state === 'ACTIVATED'

/** What the portal's page says around the form (decisions F3). */
export const FORM_NOTICES: readonly NoticeRow[] = [
  {
    id: 'documentation-read',
    isShown: isBeingFilledIn,
    confirmation: 'documentationRead',
    text: {
      en: 'Before you fill in the form, read the documentation of the EDI exchange. Confirm that you have read it.',
      fr: 'Avant de remplir le formulaire, prenez connaissance de la documentation de l’échange EDI. Confirmez l’avoir lue.',
    },
  },
  {
    id: 'technical-skill',
    isShown: isBeingFilledIn,
    confirmation: 'technicalSkill',
    text: {
      en: 'Connecting in EDI mode takes technical skill: file transfer, certificates, invoice formats. Confirm that you have it, or that somebody who has it helps you.',
      fr: 'Le raccordement en mode EDI demande des compétences techniques : transfert de fichiers, certificats, formats de facture. Confirmez en disposer ou être accompagné.',
    },
  },
  {
    id: 'qualification-first',
    isShown: (facts) => facts.environment === 'production' && isBeingFilledIn(facts),
    confirmation: 'qualificationFirst',
    text: {
      en: 'A connection in qualification comes first, unless the publisher of your software is already connected in qualification. Confirm that one or the other is so.',
      fr: 'Un raccordement en qualification est un préalable, sauf si l’éditeur de votre logiciel y est déjà raccordé. Confirmez être dans l’un de ces cas.',
    },
  },
  {
    id: 'operator-served',
    isShown: isBeingFilledIn,
    text: {
      en: 'A structure served by an operator or a tele-transmission third party makes no request itself: its operator is connected for it.',
      fr: 'Une structure desservie par un opérateur ou un tiers de télétransmission ne fait pas de demande : son opérateur est raccordé pour elle.',
    },
  },
  {
    id: 'few-people',
    isShown: ({ modifiers }) => modifiers > FEW_PEOPLE,
    text: {
      en: 'More than two people may modify the connections of this structure. Entitle few: whoever may modify can change certificates and addresses.',
      fr: 'Plus de deux personnes peuvent modifier les raccordements de cette structure. Limitez les habilitations : qui peut modifier peut changer certificats et adresses.',
    },
  },
  {
    id: 'issuers-list',
    isShown: isEditable,
    text: {
      en: 'Buy the certificate from an issuer qualified for RGS one star or eIDAS: France https://cyber.gouv.fr (qualified trust services), European Union https://eidas.ec.europa.eu/efda/trust-services/browse/eidas/tls. Raccord itself also takes certificates of its test authority in qualification.',
      fr: 'Achetez le certificat auprès d’un émetteur qualifié RGS une étoile ou eIDAS : France https://cyber.gouv.fr (services de confiance qualifiés), Union européenne https://eidas.ec.europa.eu/efda/trust-services/browse/eidas/tls. Raccord accepte aussi, en qualification, ceux de son autorité de test.',
    },
  },
  {
    id: 'one-connection',
    isShown: isEditable,
    text: {
      en: 'One certificate serves one connection only, not another one, even for another structure. Send its public part with the complete chain, never the private key.',
      fr: 'Un certificat ne sert qu’un seul raccordement, même pour une autre structure. Transmettez sa partie publique avec la chaîne complète, jamais la clé privée.',
    },
  },
  {
    id: 'certificate-ends-soon',
    isShown: ({ certificateDays }) =>
      certificateDays !== undefined && certificateDays < SHORT_VALIDITY_DAYS,
    text: {
      en: 'A certificate ends in less than 30 days. Exchanges stop when it ends: add the next one with the day from which you use it.',
      fr: 'Un certificat expire dans moins de 30 jours. Les échanges s’arrêteront à son échéance : ajoutez le suivant avec sa date d’utilisation.',
    },
  },
]

/** The notices of a connection as it is now, with the answers given. */
export function noticesOf(form: ConnectionForm, facts: NoticeFacts): readonly FormNotice[] {
  return FORM_NOTICES.filter((row) => row.isShown(facts)).map(({ id, text, confirmation }) => ({
    id,
    text,
    ...(confirmation === undefined
      ? {}
      : {
          confirmation: {
            field: `confirmations.${confirmation}`,
            isGiven: form.confirmations?.[confirmation] === true,
          },
        }),
  }))
}

/** The boxes that must be ticked in an environment. */
export function requiredConfirmations(environment: Environment): readonly ConfirmationName[] {
  return environment === 'production'
    ? ['documentationRead', 'technicalSkill', 'qualificationFirst']
    : ['documentationRead', 'technicalSkill']
}
