import { basics, type Grammar } from "../../engine/learn/training/generated/grammar.ts";

/** Slots that attacks and honest texts share: what both talk about must not tell them apart. */
export const sharedSlots: Grammar = {
  ...basics,
  person:
    "Anna\nMarco\nPriya\nTom\nLena\nJamal\nSofia\nMr. Keller\nMs. Okafor\nDr. Chen\nDavid\nFatima\nOlivier\nHiroshi\nMaría\nPiotr\nthe manager\nour accountant\nthe CFO\nsupport",
  domain: "‹word›-‹word›.‹com|net|io|org|dev|info›\n‹word›‹nn›.‹com|net|xyz|site›\n‹word›.‹example|test›",
  url: "https://‹domain›/‹word›\nhttp://‹domain›/‹word›?‹xx›=‹hex›\nhttps://‹domain›\nhttp://‹ip›:‹nnnn›/‹word›\nhttps://‹domain›/‹word›/‹word›.‹html|php|png|json›",
  mail: "‹word›@‹domain›\n‹word›.‹word›@‹domain›",
  topic:
    "the quarterly report\nthe garden party\nthe migration to the new database\nour holiday schedule\nthe budget for next year\nthe broken printer on the second floor\nthe incident of last Tuesday\nthe firewall rules\nthe onboarding of new colleagues\nthe login page\nthe sourdough bread\nthe marathon training plan\nthe board meeting\nthe invoice ‹nnnn›\nthe contract with ‹word›\nthe customer survey\nthe phishing campaign\nthe release ‹n›.‹n›\nthe parking garage\nthe bike repair",
  opener: "Hi ‹person›,\nHello,\nDear ‹person›,\nGood morning,\nHi all,\nHey,\nTeam,",
  closing: "Best regards, ‹person›\nThanks, ‹person›\nCheers\nKind regards\nSee you, ‹person›\nThank you!",
  smalltalk:
    "Thanks for your patience.\nThe weather has been lovely here.\nI attached the figures for ‹topic›.\nWe met last week about ‹topic›.\nThe numbers look better than last month.\nPlease find the minutes below.\n‹topic› went well, all things considered.\nThe shop opens at ‹n› and closes at ‹nn›.\nRevenue rose by ‹nn› percent in the third quarter.\nThe product arrived on time and works as described.\nWe stayed for three nights and the breakfast was excellent.\nThe server returned status ‹nnn› for ‹nn› requests.\nThe meeting is moved to ‹nn›:‹nn›.\nThis page describes ‹topic›.\nThe function returns the sum of two numbers.\nOrder ‹nnnn› was shipped yesterday.",
};
