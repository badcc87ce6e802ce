"""textDocument/signatureHelp: which arguments the SQL function takes that is being called."""

from lsprotocol import types

from understudy_server.lsp.session import Session


async def signature_help(session: Session, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    """None outside of calls, and of functions that nobody described."""
    workshop = await session.workshop()
    found = session.find(params.text_document.uri)
    if found is None:
        return None
    context = session.context(*found, params.position.line, params.position.character, workshop)
    if context is None or context.region == "python-code":
        return None
    from understudy_server.actions.signature import signature_at

    signature = signature_at(context)
    if signature is None:
        return None
    parameters = [types.ParameterInformation(each) for each in signature.parameters]
    shown = types.SignatureInformation(signature.label, signature.documentation, parameters)
    return types.SignatureHelp([shown], active_signature=0, active_parameter=signature.active)
