"""The addresses of the pages."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from mufakat.rules.agreement import Act
from mufakat.server.web import (
    accuracy,
    agreement_board,
    agreement_deeds,
    agreements,
    appealing,
    appeals,
    climbing,
    closed_names,
    compliance,
    contacts,
    deciding,
    decision,
    desk,
    endpoints,
    exporting,
    governing,
    importing,
    intake,
    mandates,
    matrices,
    measures,
    notice,
    pages,
    protecting,
    register,
    register_feed,
    register_files,
    rehearsing,
    reports,
    resolving,
    restrictions,
    reviewing,
    sandbox,
    screening,
    screening_banks,
    screening_hits,
    screening_notifications,
    screening_policies,
    screening_samples,
    send,
    talking,
    telegram,
    verify,
    warning_form,
    warning_sheets,
)

urlpatterns = [
    path("", pages.front, name="front"),
    path("log/", pages.log, name="log"),
    path("verify", verify.page, name="verify"),
    path("register/", register.search, name="register"),
    path("register/accuracy", accuracy.shown, name="register-accuracy"),
    path("register/feed.atom", register_feed.feed, name="register-feed"),
    path("register/exports/", register_files.page, name="register-exports"),
    path("register/exports/schema.json", register_files.dictionary, name="register-schema"),
    path("register/exports/<str:day>.<slug:form>", register_files.file, name="register-file"),
    path("register/reports/", reports.listed, name="register-reports"),
    path("register/reports/<slug:party>/<int:year>", reports.shown, name="register-report"),
    path("register/<slug:path>/<slug:found>", register.shown, name="register-entry"),
    path("register/<slug:path>/<slug:found>/receipts/<slug:event>", register.receipt, name="register-receipt"),
    path("agreements/", agreement_board.listed, name="agreements-public"),
    path("restrictions/", closed_names.asked, name="restrictions"),
    path("language", set_language, name="language"),
    path("desk/", desk.desk, name="desk"),
    path("desk/send", send.send, name="send"),
    path("desk/send/links", send.links, name="links"),
    path("desk/intake", intake.listed, name="intake"),
    path("desk/intake/<slug:found>", intake.shown, name="intake-shown"),
    path("desk/intake/<slug:found>/message", intake.say, name="intake-say"),
    path("desk/intake/<slug:found>/aside", intake.set_aside, name="intake-aside"),
    path("desk/import", importing.send_file, name="import"),
    path("desk/imports/<slug:found>", importing.shown, name="import-shown"),
    path("desk/imports/<slug:found>/progress", importing.progress, name="import-progress"),
    path("desk/imports/<slug:found>/start", importing.start, name="import-start"),
    path("desk/imports/<slug:found>/stop", importing.stop, name="import-stop"),
    path("desk/imports/<slug:found>/discard", importing.discard, name="import-discard"),
    path("desk/imports/<slug:found>/refused.csv", importing.report, name="import-refused"),
    path("desk/imports/<slug:found>/receipts.ndjson", importing.receipts, name="import-receipts"),
    path("desk/agreements/", agreements.listed, name="agreements"),
    path("desk/agreements/new", agreements.new, name="agreement-new"),
    path("desk/agreements/<slug:agreement>", agreements.shown, name="agreement"),
    path("desk/agreements/<slug:agreement>/sheet", agreements.sheet, name="agreement-sheet"),
    path("desk/agreements/<slug:agreement>/compliance", compliance.shown, name="agreement-compliance"),
    path("desk/agreements/<slug:agreement>/end", agreements.end, name="agreement-end"),
    path("desk/agreements/<slug:agreement>/propose", agreement_deeds.propose, name="agreement-propose"),
    path("desk/agreements/<slug:agreement>/receipts/<slug:event>", agreements.receipt, name="agreement-receipt"),
    path("desk/agreements/<slug:agreement>/points/<slug:point>", agreement_deeds.shown, name="agreement-point"),
    path("desk/agreements/<slug:agreement>/points/<slug:point>/evidence", agreement_deeds.show, name="agreement-show"),
    *(
        path(
            f"desk/agreements/<slug:agreement>/points/<slug:point>/{act.value}",
            agreement_deeds.act,
            {"act": act.value},
            name=f"agreement-{'again' if act is Act.PROPOSE else act.value}",
        )
        for act in Act
    ),
    path("desk/restrictions/", restrictions.listed, name="restrictions-desk"),
    path("desk/restrictions/new", restrictions.new, name="restriction-new"),
    path("desk/restrictions/new/names", restrictions.names, name="restriction-names"),
    path("desk/restrictions/<slug:restriction>", restrictions.shown, name="restriction"),
    path("desk/restrictions/<slug:restriction>/names.txt", restrictions.names_file, name="restriction-names-file"),
    path("desk/restrictions/<slug:restriction>/matrix", matrices.shown, name="restriction-matrix"),
    path("desk/restrictions/<slug:restriction>/lift", restrictions.lift, name="restriction-lift"),
    path(
        "desk/restrictions/<slug:restriction>/receipts/<slug:event>", restrictions.receipt, name="restriction-receipt"
    ),
    *(
        path(
            f"desk/restrictions/<slug:restriction>/{deed}", restrictions.act, {"deed": deed}, name=f"restriction-{deed}"
        )
        for deed in restrictions.DEEDS
    ),
    path("desk/screening/", screening.start, name="screening"),
    path("desk/screening/banks", screening_banks.listed, name="screening-banks"),
    path("desk/screening/banks/<slug:bank>", screening_banks.one, name="screening-bank"),
    path("desk/screening/banks/<slug:bank>/add", screening_banks.add, name="screening-entry-new"),
    path("desk/screening/banks/<slug:bank>/import", screening_banks.import_, name="screening-bank-import"),
    path("desk/screening/banks/<slug:bank>/entries", screening_banks.move, name="screening-entries"),
    path("desk/screening/banks/<slug:bank>/file", screening_banks.file, name="screening-bank-file"),
    path("desk/screening/policies", screening_policies.listed, name="screening-policies"),
    path("desk/screening/policies/new", screening_policies.new, name="screening-policy-new"),
    path("desk/screening/policies/<slug:policy>", screening_policies.one, name="screening-policy"),
    path("desk/screening/policies/<slug:policy>/try", screening_policies.try_on, name="screening-policy-try"),
    path(
        "desk/screening/policies/<slug:policy>/backtests/<slug:backtest>",
        screening_policies.backtest,
        name="screening-backtest",
    ),
    path(
        "desk/screening/policies/<slug:policy>/backtests/<slug:backtest>/promote",
        screening_policies.promote,
        name="screening-promote",
    ),
    *(
        path(
            f"desk/screening/policies/<slug:policy>/{deed}",
            screening_policies.act,
            {"deed": deed},
            name=f"screening-policy-{deed}",
        )
        for deed in screening_policies.DEEDS
    ),
    path("desk/screening/samples", screening_samples.listed, name="screening-samples"),
    path("desk/screening/samples/<slug:sample>/erase", screening_samples.erase, name="screening-sample-erase"),
    path("desk/screening/hits", screening_hits.listed, name="screening-hits"),
    path("desk/screening/hits/<slug:hit>", screening_hits.one, name="screening-hit"),
    *(
        path(
            f"desk/screening/hits/<slug:hit>/{deed}",
            screening_hits.act,
            {"deed": deed},
            name=f"screening-hit-{deed}",
        )
        for deed in screening_hits.DEEDS
    ),
    path("desk/screening/notifications", screening_notifications.listed, name="screening-notifications"),
    path(
        "desk/screening/notifications/<slug:notification>", screening_notifications.one, name="screening-notification"
    ),
    *(
        path(
            f"desk/screening/notifications/<slug:notification>/{deed}",
            screening_notifications.act,
            {"deed": deed},
            name=f"screening-notification-{deed}",
        )
        for deed in screening_notifications.DEEDS
    ),
    path("desk/resolvers", resolving.listed, name="resolvers"),
    path("desk/resolvers/<slug:resolver>/remove", resolving.remove, name="resolver-remove"),
    path("desk/protected", protecting.listed, name="protected"),
    path("desk/protected/<str:name>", protecting.release, name="protected-release"),
    path("desk/contacts/", contacts.contacts, name="contacts"),
    path("desk/contacts/add", contacts.add, name="contact-add"),
    path("desk/contacts/plan", contacts.plan, name="drill-plan"),
    path("desk/contacts/<slug:contact>/change", contacts.change, name="contact-change"),
    path("desk/contacts/<slug:contact>/remove", contacts.remove, name="contact-remove"),
    path("desk/contacts/<slug:contact>/withdraw", contacts.withdraw, name="contact-withdraw"),
    path("desk/contacts/<slug:contact>/drill", contacts.drill, name="contact-drill"),
    path("desk/drills/<slug:drill>/answer", contacts.answer, name="drill-answer"),
    path("desk/parties/<slug:handle>", contacts.party, name="party"),
    path("drill/<slug:code>", contacts.drill_page, name="drill"),
    path("desk/governance/", governing.shown, name="governance"),
    path("desk/governance/objectives/new", governing.objective, name="governance-objective"),
    path("desk/governance/objectives/<slug:objective>/end", governing.end, name="governance-end"),
    path("desk/governance/reviews/", reviewing.reviews, name="governance-reviews"),
    path("desk/governance/reviews/new", reviewing.hold, name="governance-hold"),
    path("desk/governance/reviews/<slug:review>", reviewing.review, name="governance-review"),
    path("desk/governance/followups/<slug:followup>/done", governing.done, name="governance-done"),
    path("desk/governance/report/<int:year>", reports.own, name="governance-report"),
    path("desk/mandates", mandates.shown, name="mandates"),
    path("desk/mandates/<slug:mandate>/reply", mandates.reply, name="mandate-reply"),
    *(
        path(f"desk/mandates/<slug:mandate>/{deed}", mandates.move, {"deed": deed}, name=f"mandate-{deed}")
        for deed in mandates.DEEDS
    ),
    path("desk/measures", measures.listed, name="measures"),
    *(
        path(f"desk/measures/{deed.value}", measures.move, {"deed": deed.value}, name=f"measures-{deed.value}")
        for deed in measures.DO
    ),
    path("desk/decisions/<slug:decision>/statement.txt", decision.statement, name="decision-statement"),
    path("desk/decisions/<slug:decision>/seen", decision.see, name="decision-seen"),
    path("desk/decisions/<slug:decision>/given", decision.give, name="decision-given"),
    path("appeal/", appealing.entrance, name="appeal-entrance"),
    path("appeal/<str:code>", appealing.appeal, name="appeal"),
    path("desk/appeals", appeals.listed, name="appeals"),
    path("desk/appeals/<slug:appeal>", appeals.shown, name="appeal-shown"),
    path("desk/appeals/<slug:appeal>/resolve", appeals.resolve, name="appeal-resolve"),
    path("desk/decisions/<slug:decision>/appeal", appeals.lodge, name="appeal-lodge"),
    path("desk/endpoints", endpoints.shown, name="endpoints"),
    path("desk/endpoints/<slug:endpoint>/<slug:deed>", endpoints.deed, name="endpoint-deed"),
    path("desk/telegram/", telegram.shown, name="telegram"),
    path("desk/telegram/<slug:chat>/end", telegram.end, name="telegram-end"),
    path("desk/deliveries", endpoints.dead, name="deliveries"),
    path("desk/deliveries/replay", endpoints.replay, name="deliveries-replay"),
    path("desk/notices/", desk.notices, name="notices"),
    path("desk/notices.file", exporting.notices, name="notices-file"),
    path("desk/notices/<slug:notice>", notice.shown, name="notice"),
    path("desk/notices/<slug:notice>/receipt", notice.receipt, name="notice-receipt"),
    path("desk/notices/<slug:notice>/receipts/<slug:event>", talking.receipt, name="notice-event-receipt"),
    path("desk/notices/<slug:notice>/seen", talking.see, name="notice-see"),
    path("desk/notices/<slug:notice>/messages", talking.say, name="notice-say"),
    path("desk/notices/<slug:notice>/handover", talking.hand_over, name="notice-hand-over"),
    path("desk/notices/<slug:notice>/evidence/<int:position>", sandbox.download, name="notice-evidence"),
    path("desk/notices/<slug:notice>/decision", deciding.decide, name="notice-decide"),
    path("desk/notices/<slug:notice>/decision/text", deciding.fill, name="notice-decide-fill"),
    path("desk/notices/<slug:notice>/acknowledge", notice.acknowledge, name="notice-acknowledge"),
    *(
        path(
            f"desk/notices/<slug:notice>/clocks/<str:name>/{deed}", climbing.rest, {"deed": deed}, name=f"clock-{deed}"
        )
        for deed in ("pause", "resume")
    ),
    *(
        path(f"desk/tasks/<slug:task>/{deed}", climbing.task, {"deed": deed}, name=f"task-{deed}")
        for deed in ("done", "reopen")
    ),
    path("desk/notices/<slug:notice>/order", warning_sheets.order, name="notice-order"),
    path("desk/notices/<slug:notice>/warnings/<slug:step>", warning_form.write, name="warning-write"),
    path("desk/warnings/<slug:warning>", warning_sheets.shown, name="warning-shown"),
    path("desk/notices/<slug:notice>/withdraw", notice.withdraw, name="notice-withdraw"),
    path("desk/agreements/<slug:agreement>/rehearsal", rehearsing.past, name="agreement-rehearsal"),
    path("desk/agreements/<slug:agreement>/capacity", rehearsing.people, name="agreement-capacity"),
    path(
        "desk/agreements/<slug:agreement>/capacity/<slug:run>",
        rehearsing.progress,
        name="agreement-capacity-progress",
    ),
]
