.class public Lcom/example/notes/Screen;
.super Landroid/app/Activity;
.source "Screen.java"

.method public constructor <init>()V
    .locals 0

    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .locals 1

    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    const v0, 0x7f020000
    invoke-virtual {p0, v0}, Landroid/app/Activity;->setContentView(I)V
    return-void
.end method

.method public save(Landroid/view/View;)V
    .locals 5

    const v0, 0x7f030000
    invoke-virtual {p0, v0}, Landroid/app/Activity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    check-cast v0, Landroid/widget/TextView;
    invoke-virtual {v0}, Landroid/widget/TextView;->getText()Ljava/lang/CharSequence;
    move-result-object v0
    invoke-virtual {v0}, Ljava/lang/Object;->toString()Ljava/lang/String;
    move-result-object v0
    new-instance v1, Lcom/example/notes/Book;
    invoke-direct {v1, p0}, Lcom/example/notes/Book;-><init>(Landroid/content/Context;)V
    invoke-virtual {v1, v0}, Lcom/example/notes/Book;->add(Ljava/lang/String;)V
    return-void
.end method
