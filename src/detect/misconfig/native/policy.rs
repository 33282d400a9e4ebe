//! Policies of AWS: the statements of a document written as a tree, as JSON in a
//! text, or as an `aws_iam_policy_document` of Terraform, and what they give away.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>.

use crate::detect::misconfig::judge::Judge;
use crate::detect::misconfig::judge::Truth;
use crate::detect::misconfig::world::Spot;
use crate::document;
use crate::document::Document;
use crate::document::NodeId;
use crate::document::Value;

/// The member is an account of a service of Google, which Google's own manuals give such roles.
/// See <https://cloud.google.com/iam/docs/service-account-types#service-agents>.
pub(super) fn google_agent(judge: &Judge<'_>) -> Truth {
    let doc = judge.world.doc(judge.from.doc);
    let member = doc.get(judge.from.node, "member");
    match member.map(|id| &doc.node(id).value) {
        Some(Value::Text { text, .. } | Value::Unknown(text)) if text.contains("@gcp-sa-") => {
            Truth::Yes(None)
        }
        _ => Truth::No,
    }
}

/// One statement; what is not known is left out, and `unknown` says so.
#[derive(Default)]
struct Statement {
    allows: bool,
    principals: Vec<String>,
    actions: Vec<String>,
    resources: Vec<String>,
    /// Names of condition keys, lower case, with their values.
    conditions: Vec<(String, Vec<String>)>,
    unknown: bool,
    place: Option<Spot>,
}

/// Everything with everything.
pub(super) fn admin(judge: &Judge<'_>) -> Truth {
    any(judge, |it| {
        it.allows && every(&it.actions) && every(&it.resources)
    })
}

/// Anyone, without a condition.
pub(super) fn any_principal(judge: &Judge<'_>) -> Truth {
    any(judge, |it| {
        it.allows && it.principals.iter().any(|p| p == "*") && it.conditions.is_empty()
    })
}

/// Any role may be handed to a service.
pub(super) fn pass_role(judge: &Judge<'_>) -> Truth {
    let passes = |action: &String| {
        matches!(
            action.to_ascii_lowercase().as_str(),
            "iam:passrole" | "iam:*"
        )
    };
    any(judge, |it| {
        it.allows
            && it.actions.iter().any(passes)
            && every(&it.resources)
            && it.conditions.is_empty()
    })
}

/// Workflows of any repository of GitHub may assume the role.
pub(super) fn github(judge: &Judge<'_>) -> Truth {
    any(judge, |it| {
        let is_github = it
            .principals
            .iter()
            .any(|p| p.contains("token.actions.githubusercontent.com"));
        let subs: Vec<&String> = it
            .conditions
            .iter()
            .filter(|(key, _)| key.ends_with(":sub") || key.ends_with(":job_workflow_ref"))
            .flat_map(|(_, values)| values)
            .collect();
        let is_wide = |sub: &&String| {
            let repository = sub.strip_prefix("repo:").unwrap_or(sub);
            repository.starts_with('*')
        };
        it.allows && is_github && (subs.is_empty() || subs.iter().any(is_wide))
    })
}

/// Nothing refuses plain HTTP.
pub(super) fn no_https(judge: &Judge<'_>) -> Truth {
    let statements = statements(judge);
    let refuses = |it: &Statement| {
        !it.allows
            && it
                .conditions
                .iter()
                .any(|(key, _)| key == "aws:securetransport")
    };
    match (&statements, statements.iter().any(refuses)) {
        (list, _) if list.is_empty() || list.iter().any(|it| it.unknown) => Truth::Unknown,
        (_, true) => Truth::No,
        (_, false) => Truth::Yes(None),
    }
}

fn every(list: &[String]) -> bool {
    list.iter().any(|one| matches!(one.as_str(), "*" | "*:*"))
}

fn any(judge: &Judge<'_>, is: impl Fn(&Statement) -> bool) -> Truth {
    let mut truth = Truth::No;
    let statements = statements(judge);
    if statements.is_empty()
        && matches!(
            judge.world.value(judge.from),
            Value::Unknown(_) | Value::Reference(_)
        )
    {
        return Truth::Unknown;
    }
    for statement in statements {
        // What is not known could only narrow it down.
        if is(&statement) {
            match statement.unknown {
                false => return Truth::Yes(statement.place),
                true => truth = Truth::Unknown,
            }
        }
    }
    truth
}

fn statements(judge: &Judge<'_>) -> Vec<Statement> {
    let spot = judge.world.resolve(judge.from);
    match judge.world.value(spot) {
        Value::Text { text, .. } | Value::Unknown(text) => {
            let Ok(parsed) = document::json::read(text) else {
                return Vec::new();
            };
            let mut found = of(&parsed, parsed.root(), &|_| None);
            found.iter_mut().for_each(|it| it.place = Some(judge.from));
            found
        }
        _ => {
            let doc = judge.world.doc(spot.doc);
            let place = |node| {
                Some(Spot {
                    doc: spot.doc,
                    node,
                })
            };
            of(doc, spot.node, &place)
        }
    }
}

fn of(doc: &Document, policy: NodeId, place: &dyn Fn(NodeId) -> Option<Spot>) -> Vec<Statement> {
    if let Some(list) = doc.get(policy, "Statement") {
        let all = match doc.node(list).value {
            Value::Mapping(_) => vec![list],
            _ => doc.children(list),
        };
        return all.into_iter().map(|id| json(doc, id, place)).collect();
    }
    match doc.get(policy, "statement") {
        Some(list) => {
            let all = doc.children(list).into_iter();
            all.map(|id| block(doc, id, place)).collect()
        }
        None => Vec::new(),
    }
}

/// The texts of a value or list; says when one is not known.
fn texts(doc: &Document, id: Option<NodeId>, unknown: &mut bool) -> Vec<String> {
    let Some(id) = id else {
        return Vec::new();
    };
    let one = |id: NodeId, unknown: &mut bool| match &doc.node(id).value {
        Value::Text { text, .. } => Some(text.to_string()),
        Value::Unknown(_) | Value::Reference(_) => {
            *unknown = true;
            None
        }
        _ => None,
    };
    match &doc.node(id).value {
        Value::Sequence(items) => items.iter().filter_map(|id| one(*id, unknown)).collect(),
        Value::Mapping(entries) => {
            let inner = entries.iter().map(|(_, id)| *id).collect::<Vec<_>>();
            inner
                .into_iter()
                .flat_map(|id| texts(doc, Some(id), unknown))
                .collect()
        }
        _ => one(id, unknown).into_iter().collect(),
    }
}

fn json(doc: &Document, id: NodeId, place: &dyn Fn(NodeId) -> Option<Spot>) -> Statement {
    let mut statement = Statement {
        allows: doc.text_at(id, &["Effect"]) == Some("Allow"),
        place: place(
            doc.get(id, "Principal")
                .or(doc.get(id, "Action"))
                .unwrap_or(id),
        ),
        ..Statement::default()
    };
    let ignored = &mut false;
    statement.principals = principals(doc, doc.get(id, "Principal"));
    statement.actions = texts(doc, doc.get(id, "Action"), ignored);
    statement.resources = texts(doc, doc.get(id, "Resource"), ignored);
    if let Some(condition) = doc.get(id, "Condition") {
        statement.unknown = matches!(
            doc.node(condition).value,
            Value::Unknown(_) | Value::Reference(_)
        );
        for (_, test) in doc.entries(condition) {
            for (key, values) in doc.entries(*test) {
                let values = texts(doc, Some(*values), ignored);
                statement
                    .conditions
                    .push((key.to_ascii_lowercase(), values));
            }
        }
    }
    statement
}

/// `*` alone or of AWS is anyone; of a service it is not.
fn principals(doc: &Document, id: Option<NodeId>) -> Vec<String> {
    let ignored = &mut false;
    let Some(id) = id else {
        return Vec::new();
    };
    match &doc.node(id).value {
        Value::Mapping(entries) => entries
            .iter()
            .filter(|(kind, _)| matches!(&**kind, "AWS" | "Federated" | "*"))
            .flat_map(|(_, id)| texts(doc, Some(*id), ignored))
            .collect(),
        Value::Unknown(text) => vec![text.to_string()],
        _ => texts(doc, Some(id), ignored),
    }
}

fn block(doc: &Document, id: NodeId, place: &dyn Fn(NodeId) -> Option<Spot>) -> Statement {
    let ignored = &mut false;
    let mut statement = Statement {
        allows: doc
            .text_at(id, &["effect"])
            .is_none_or(|effect| effect == "Allow"),
        actions: texts(doc, doc.get(id, "actions"), ignored),
        resources: texts(doc, doc.get(id, "resources"), ignored),
        place: place(doc.get(id, "actions").unwrap_or(id)),
        ..Statement::default()
    };
    let blocks = |key: &str| {
        doc.get(id, key)
            .map(|list| doc.children(list))
            .unwrap_or_default()
    };
    for who in blocks("principals") {
        statement.unknown |= matches!(doc.node(who).value, Value::Unknown(_));
        if matches!(doc.text_at(who, &["type"]), Some("AWS" | "Federated" | "*")) {
            let list = doc.get(who, "identifiers");
            statement.principals.extend(texts(doc, list, ignored));
        }
    }
    for condition in blocks("condition") {
        let known = doc.text_at(condition, &["variable"]);
        statement.unknown |= known.is_none();
        let values = texts(doc, doc.get(condition, "values"), ignored);
        statement
            .conditions
            .push((known.unwrap_or_default().to_ascii_lowercase(), values));
    }
    statement
}
