import type { BilingualText } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { AreaAnswer, AreaStep, Person } from './accounts.ts'
import { globalRolesOf, PERSON_COLUMNS, personOf } from './user-document.ts'

/**
 * "Why can I not see the area?": every step on the way to the connections of a structure, whether it
 * is done, and whom to ask. The machine and who has a role on all structures need no step but the
 * structure itself.
 */
export async function whyNoArea(
  journal: Journal,
  siret: string,
  userId: string,
): Promise<AreaAnswer> {
  const facts = await loadFacts(journal, siret, userId as `usr_${string}`)
  const { user, structure, attachment, area, subscription, managers } = facts
  const isStructureThere = structure?.is_active === 1
  const seesAll = userId === 'machine' || (user?.is_blocked === 0 && globalRolesOf(user).length > 0)
  if (seesAll) {
    return {
      siret,
      maySee: structure !== undefined,
      mayModify:
        structure !== undefined &&
        (user === undefined || globalRolesOf(user).some((role) => role !== 'auditor')),
      steps: [structureStep(structure)],
    }
  }
  const isAttached = attachment?.state === 'ACCEPTED'
  const isManager = isAttached && attachment.role !== 'MEMBER'
  const isSubscribed = isManager || (isAttached && subscription?.state === 'ACCEPTED')
  const isReady = user?.is_blocked === 0 && isStructureThere && area !== undefined
  return {
    siret,
    maySee: isReady && isSubscribed,
    mayModify: isReady && (isManager || (isSubscribed && subscription?.may_modify === 1)),
    steps: [
      {
        step: 'account',
        isDone: user?.is_blocked === 0,
        message:
          user === undefined
            ? TEXTS.noAccount
            : TEXTS[user.is_blocked === 0 ? 'account' : 'blocked'],
        ask: [],
      },
      structureStep(structure),
      {
        step: 'attachment',
        isDone: isAttached,
        message: attachmentText(attachment),
        ask: isAttached ? [] : managers,
      },
      {
        step: 'area',
        isDone: area !== undefined,
        message: area === undefined ? TEXTS.areaClosed : TEXTS.areaOpen,
        ask: area === undefined ? managers : [],
      },
      {
        step: 'subscription',
        isDone: isSubscribed,
        message: subscriptionText(isManager, subscription),
        ask: isSubscribed ? [] : managers,
      },
    ],
  }
}

type Facts = Awaited<ReturnType<typeof loadFacts>>

async function loadFacts(journal: Journal, siret: string, userId: `usr_${string}`) {
  const { db } = journal
  const [[user], [structure], [attachment], [area], [subscription], managers] = await Promise.all([
    journal.read(
      db.selectFrom('users').select(['is_blocked', 'global_roles_json']).where('id', '=', userId),
    ),
    journal.read(db.selectFrom('structures').select(['is_active']).where('siret', '=', siret)),
    journal.read(
      db
        .selectFrom('attachments')
        .select(['role', 'state'])
        .where('user_id', '=', userId)
        .where('siret', '=', siret),
    ),
    journal.read(db.selectFrom('areas').select('siret').where('siret', '=', siret)),
    journal.read(
      db
        .selectFrom('subscriptions')
        .select(['state', 'may_modify'])
        .where('user_id', '=', userId)
        .where('siret', '=', siret),
    ),
    journal.read(
      db
        .selectFrom('attachments')
        .innerJoin('users', 'users.id', 'attachments.user_id')
        .select(PERSON_COLUMNS)
        .where('attachments.siret', '=', siret)
        .where('attachments.state', '=', 'ACCEPTED')
        .where('attachments.role', '<>', 'MEMBER')
        .where('users.is_blocked', '=', 0)
        // MAIN_MANAGER before SECONDARY_MANAGER.
        .orderBy('attachments.role')
        .orderBy('users.login')
        .limit(10),
    ),
  ])
  return {
    user,
    structure,
    attachment,
    area,
    subscription,
    managers: managers.map((row): Person => personOf(row)),
  }
}

function structureStep(structure: Facts['structure']): AreaStep {
  const isDone = structure?.is_active === 1
  const message =
    structure === undefined ? TEXTS.noStructure : TEXTS[isDone ? 'structure' : 'structureClosed']
  return { step: 'structure', isDone, message, ask: [] }
}

function attachmentText(attachment: Facts['attachment']): BilingualText {
  switch (attachment?.state) {
    case 'ACCEPTED':
      return TEXTS.attached
    case 'REQUESTED':
      return TEXTS.attachmentWaits
    case 'REFUSED':
      return TEXTS.attachmentRefused
    case undefined:
      return TEXTS.notAttached
  }
}

function subscriptionText(isManager: boolean, subscription: Facts['subscription']): BilingualText {
  if (isManager) return TEXTS.manager
  switch (subscription?.state) {
    case 'ACCEPTED':
      return TEXTS.subscribed
    case 'REQUESTED':
      return TEXTS.subscriptionWaits
    case 'REFUSED':
      return TEXTS.subscriptionRefused
    case undefined:
      return TEXTS.notSubscribed
  }
}

const TEXTS = {
  account: { en: 'Your account is in use.', fr: 'Votre compte est actif.' },
  blocked: { en: 'Your account is blocked.', fr: 'Votre compte est bloqué.' },
  noAccount: {
    en: 'You have no account: only people belong to structures.',
    fr: 'Vous n’avez pas de compte : seules des personnes sont rattachées à une structure.',
  },
  structure: { en: 'The structure exists.', fr: 'La structure existe.' },
  structureClosed: { en: 'The structure is closed.', fr: 'La structure est fermée.' },
  noStructure: {
    en: 'No structure has this SIRET. In qualification structures come from a data set only.',
    fr: 'Aucune structure n’a ce SIRET. En qualification, elles viennent d’un matelas de données.',
  },
  attached: {
    en: 'You belong to the structure.',
    fr: 'Vous êtes rattaché à la structure.',
  },
  attachmentWaits: {
    en: 'Your request to belong to the structure waits for a manager.',
    fr: 'Votre demande de rattachement attend un gestionnaire.',
  },
  attachmentRefused: {
    en: 'A manager refused your request to belong to the structure; you may ask again.',
    fr: 'Un gestionnaire a refusé votre rattachement ; vous pouvez le redemander.',
  },
  notAttached: {
    en: 'You do not belong to the structure: ask to be attached.',
    fr: 'Vous n’êtes pas rattaché à la structure : demandez-le.',
  },
  areaOpen: {
    en: 'The area “EDI & API connections” is open.',
    fr: 'L’espace « Raccordements EDI & API » est ouvert.',
  },
  areaClosed: {
    en: 'A manager has to open the area “EDI & API connections” of the structure.',
    fr: 'Un gestionnaire doit ouvrir l’espace « Raccordements EDI & API » de la structure.',
  },
  manager: {
    en: 'As a manager you need no subscription.',
    fr: 'En tant que gestionnaire, vous n’avez pas besoin d’abonnement.',
  },
  subscribed: { en: 'You have subscribed to the area.', fr: 'Vous êtes abonné à l’espace.' },
  subscriptionWaits: {
    en: 'Your subscription to the area waits for a manager.',
    fr: 'Votre abonnement à l’espace attend un gestionnaire.',
  },
  subscriptionRefused: {
    en: 'A manager refused your subscription to the area; you may ask again.',
    fr: 'Un gestionnaire a refusé votre abonnement à l’espace ; vous pouvez le redemander.',
  },
  notSubscribed: {
    en: 'You have not subscribed to the area: ask for Show or Modify.',
    fr: 'Vous n’êtes pas abonné à l’espace : demandez Consultation ou Modification.',
  },
} as const satisfies Record<string, BilingualText>
