//! Chains and alternatives that grow part by part, as the generated parser meets them.
//!
//! Their nodes are made at the end, but what is wrong with them is told where they come to it.

use super::*;

/// A value, and what it is compared with so far.
pub(crate) struct Chain<'a> {
    first: &'a Expr<'a>,
    rest: Vec<(CompareOp, Span, &'a Expr<'a>)>,
}

impl<'a> Chain<'a> {
    pub(crate) fn new(first: &'a Expr<'a>) -> Self {
        Chain { first, rest: Vec::new() }
    }
}

impl<'a> Context<'_, 'a> {
    pub(crate) fn chain(
        &mut self,
        mut chain: Chain<'a>,
        op: (CompareOp, Span),
        right: &'a Expr<'a>,
    ) -> Chain<'a> {
        let before = chain.rest.last().map(|(op, span, _)| (*op, *span));
        self.check_chain(chain.first, before, op);
        let span = chain.first.span.to(right.span);
        if self.height(span, chain.first.height.max(right.height)).is_none() {
            return Chain::new(self.error(span.start, span.end));
        }
        chain.rest.push((op.0, op.1, right));
        chain
    }

    pub(crate) fn compared(&mut self, Chain { first, rest }: Chain<'a>) -> &'a Expr<'a> {
        if rest.is_empty() { first } else { self.compare(first, self.arena.list(&rest)) }
    }

    pub(crate) fn or_more(
        &mut self,
        mut list: Vec<&'a Pattern<'a>>,
        more: &'a Pattern<'a>,
    ) -> Vec<&'a Pattern<'a>> {
        let first = list.first().copied().unwrap_or(more);
        let span = first.span.to(more.span);
        if self.height(span, first.height.max(more.height)).is_none() {
            return vec![self.pattern(span.start, span.end, 0, PatternKind::Error)];
        }
        list.push(more);
        list
    }

    pub(crate) fn union_more(
        &mut self,
        mut list: Vec<&'a Type<'a>>,
        more: &'a Type<'a>,
    ) -> Vec<&'a Type<'a>> {
        let first = list.first().copied().unwrap_or(more);
        let span = first.span.to(more.span);
        if self.height(span, first.height.max(more.height)).is_none() {
            return vec![self.ty(span.start, span.end, 0, TypeKind::Error)];
        }
        list.push(more);
        list
    }
}
